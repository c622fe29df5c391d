/** A schema as a tree that can be changed, for one update. Internal to `schema/`. Spec: Schema Evolution. @module */
import { childFields, type Schema } from "./schema.ts";
import { type Field, isNested, type Type } from "./types.ts";
import type { Value } from "./values.ts";

/** What a node is to its parent: only fields of structs have names of their own. */
export type Role = "field" | "element" | "key" | "value";

/** One field, list element, map key or map value under change. */
export interface SchemaNode {
  readonly id: number;
  readonly role: Role;
  /** `undefined` at the top level. */
  readonly parent: SchemaNode | undefined;
  name: string;
  required: boolean;
  doc: string | undefined;
  initialDefault: Value | undefined;
  writeDefault: Value | undefined;
  /** The type as it was or as it is now; of nested types only the kind counts, `children` hold the rest. */
  type: Type;
  children: SchemaNode[];
  /** Full name before the update; `undefined` for what the update added. */
  readonly basePath: string | undefined;
  /** Whether the update changed it or added to it, which rules out deleting it. */
  touched: boolean;
}

/** The tree of a schema, and its nodes by full and by short name. */
export interface SchemaTree {
  readonly roots: SchemaNode[];
  readonly byBasePath: ReadonlyMap<string, SchemaNode>;
}

export function treeOf(schema: Schema): SchemaTree {
  const byBasePath = new Map<string, SchemaNode>();
  const roots = nodesOf(schema.fields, undefined, (id, node) => {
    const path = schema.pathOf(id);
    if (path !== undefined) byBasePath.set(path, node);
    return path;
  });
  addShortNames(roots, "", byBasePath);
  return { roots, byBasePath };
}

/**
 * Names without `element` and `value` before the fields of a struct in a list or map: `points.x` for
 * `points.element.x`. A full name goes before a short one.
 */
function addShortNames(nodes: readonly SchemaNode[], prefix: string, names: Map<string, SchemaNode>): void {
  for (const node of nodes) {
    const path = prefix + node.name;
    if (!names.has(path)) names.set(path, node);
    addShortNames(node.children, `${path}.`, names);
    addShortNames(heldStruct(node), `${path}.`, names);
  }
}

/** The nodes of a type's children. `basePathOf` learns of every node and tells its name before the update. */
export function nodesOf(
  fields: readonly Field[],
  parent: SchemaNode | undefined,
  seen: (id: number, node: SchemaNode) => string | undefined,
): SchemaNode[] {
  return fields.map((field) => nodeOf(field, parent, roleIn(parent?.type, field), seen));
}

/** The node of one field and of all below it. */
export function nodeOf(
  field: Field,
  parent: SchemaNode | undefined,
  role: Role,
  seen: (id: number, node: SchemaNode) => string | undefined,
): SchemaNode {
  const { id, name, required, doc, initialDefault, writeDefault, type } = field;
  const node: SchemaNode & { basePath: string | undefined } = {
    id,
    role,
    parent,
    name,
    required,
    doc,
    initialDefault,
    writeDefault,
    type,
    children: [],
    basePath: undefined,
    touched: false,
  };
  node.basePath = seen(id, node);
  node.children = nodesOf(childFields(type), node, seen);
  return node;
}

/** The fields of nodes, as a schema holds them. */
export function fieldsOf(nodes: readonly SchemaNode[]): readonly Field[] {
  return Object.freeze(
    nodes.map((node) => {
      const { id, name, required, doc, initialDefault, writeDefault } = node;
      return Object.freeze({
        id,
        name,
        required,
        type: typeOfNode(node),
        ...(doc !== undefined && { doc }),
        ...(initialDefault !== undefined && { initialDefault }),
        ...(writeDefault !== undefined && { writeDefault }),
      });
    }),
  );
}

/** The type of a node with what became of its children. */
export function typeOfNode({ type, children }: SchemaNode): Type {
  switch (type.kind) {
    case "struct":
      return Object.freeze({ kind: "struct", fields: fieldsOf(children) });
    case "list": {
      const [element] = children as [SchemaNode];
      return Object.freeze({
        kind: "list",
        elementId: element.id,
        elementRequired: element.required,
        element: typeOfNode(element),
      });
    }
    case "map": {
      const [key, value] = children as [SchemaNode, SchemaNode];
      return Object.freeze({
        kind: "map",
        keyId: key.id,
        key: typeOfNode(key),
        valueId: value.id,
        valueRequired: value.required,
        value: typeOfNode(value),
      });
    }
    default:
      return type;
  }
}

/** The full name as the update has made it so far. */
export function currentPath(node: SchemaNode): string {
  return node.parent === undefined ? node.name : `${currentPath(node.parent)}.${node.name}`;
}

/** Whether a node is still part of the tree, ancestors included. */
export function isAttached(tree: SchemaTree, node: SchemaNode): boolean {
  const siblings = node.parent?.children ?? tree.roots;
  return siblings.includes(node) && (node.parent === undefined || isAttached(tree, node.parent));
}

/**
 * The node of a full name as things are now. A struct inside a list or map is found without `element` or `value` too:
 * `points.x` for `points.element.x`.
 */
export function findCurrent(nodes: readonly SchemaNode[], path: string): SchemaNode | undefined {
  for (const node of nodes) {
    if (path === node.name) return node;
    if (!path.startsWith(`${node.name}.`)) continue;
    const rest = path.slice(node.name.length + 1);
    const found = findCurrent(node.children, rest) ?? findCurrent(heldStruct(node), rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a node is a map key or lies below one. */
export function isInMapKey(node: SchemaNode): boolean {
  return node.role === "key" || (node.parent !== undefined && isInMapKey(node.parent));
}

/** The struct new fields of a column go to: its own, or that of its elements or values (SCH-073). */
export function structFor(node: SchemaNode): SchemaNode | undefined {
  if (node.type.kind === "struct") return node;
  const held = node.type.kind === "list" ? node.children[0] : node.children[1];
  return isNested(node.type) && held?.type.kind === "struct" ? held : undefined;
}

function heldStruct(node: SchemaNode): readonly SchemaNode[] {
  return node.type.kind === "struct" ? [] : (structFor(node)?.children ?? []);
}

function roleIn(parent: Type | undefined, field: Field): Role {
  if (parent?.kind === "list") return "element";
  if (parent?.kind === "map") return field.id === parent.keyId ? "key" : "value";
  return "field";
}
