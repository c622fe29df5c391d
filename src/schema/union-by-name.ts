/** One schema merged into another by names. Spec: Schema Evolution; SCH-072. @module */
import { ValidationError } from "../base/index.ts";
import { typesEqual, valuesEqual } from "./equality.ts";
import { childFields } from "./schema.ts";
import { currentPath, type SchemaNode, typeOfNode } from "./schema-tree.ts";
import { typeToString } from "./type-text.ts";
import { type Field, isNested, type Type } from "./types.ts";

/** What merging asks of the update. */
export interface UnionSteps {
  readonly add: (parent: SchemaNode | undefined, field: Field) => void;
  readonly promote: (node: SchemaNode, type: Type) => void;
  readonly canPromote: (from: Type, to: Type) => boolean;
}

/** Merges fields into the nodes of one level, then each into the node of its name. */
export function unionNodes(
  nodes: readonly SchemaNode[],
  fields: readonly Field[],
  steps: UnionSteps,
  parent?: SchemaNode,
): void {
  for (const field of fields) {
    const node = nodes.find(({ name }) => name === field.name);
    if (node === undefined) steps.add(parent, field);
    else unionNode(node, field, steps);
  }
}

function unionNode(node: SchemaNode, field: Field, steps: UnionSteps): void {
  if (node.required && !field.required && node.role !== "key") {
    node.required = false;
    node.touched = true;
  }
  if (field.doc !== undefined && field.doc !== node.doc) {
    node.doc = field.doc;
    node.touched = true;
  }
  if (node.type.kind === field.type.kind && isNested(field.type)) {
    unionNodes(node.children, childFields(field.type), steps, node);
    return;
  }
  unionType(node, field.type, steps);
  const { writeDefault } = field;
  // A default in a narrower type than the column has cannot be taken over as it is.
  if (writeDefault !== undefined && typesEqual(node.type, field.type)) {
    if (!valuesEqual(node.writeDefault, writeDefault)) {
      node.writeDefault = writeDefault;
      node.touched = true;
    }
  }
}

function unionType(node: SchemaNode, type: Type, { promote, canPromote }: UnionSteps): void {
  const own = typeOfNode(node);
  // The other schema may lag behind: what it could be promoted to is already here.
  if (typesEqual(own, type) || canPromote(type, own)) return;
  if (!canPromote(own, type)) {
    throw new ValidationError(
      `Cannot merge column ${currentPath(node)}: it is of type ${typeToString(own)} here and ${typeToString(type)} there`,
      { context: { column: currentPath(node) } },
    );
  }
  promote(node, type);
}
