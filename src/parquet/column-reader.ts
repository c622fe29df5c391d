/** Hands out the values of columns a batch of rows at a time. Spec: Parquet format, Nested Encoding (PAR-013, PAR-017,
 * PAR-018). @module */
import { IcebergError } from "../base/index.ts";
import {
  type Field,
  initialValueOrMissing,
  isPrimitive,
  type MapValue,
  MISSING,
  type PrimitiveType,
  type Type,
  type Value,
} from "../schema/index.ts";
import { type ColumnArray, type ColumnValues, joined } from "./column-array.ts";
import { conversionOf } from "./conversion.ts";
import { lastOfEachKey } from "./map-keys.ts";
import { type ChunkSource, type Page, PageReader } from "./page-reader.ts";
import { PagedColumn } from "./paged-column.ts";
import type { ParquetNode } from "./tree.ts";
import { leavesOf, listParts, mapParts } from "./tree-reader.ts";
import { ValueReader } from "./value-reader.ts";
import { variantLeaves, variantReader } from "./variant-reader.ts";
import {
  BytesVectorReader,
  type ColumnVector,
  canBeVector,
  NumberVectorReader,
  SpanReader,
} from "./vectors.ts";

/** What columns are read from. */
export interface Sources {
  /** The chunk of a leaf, by its index. */
  readonly get: (leafIndex: number) => ChunkSource | undefined;
  /** The value of a field inside a struct of the file that lacks it, by id; `undefined`: its default (SCH-075). */
  readonly missingValue?: ((fieldId: number) => Value | null | undefined) | undefined;
}

/** Reads one top-level column of a row group front to back. */
export interface ColumnReader {
  /** Moves ahead to a row, counted within the row group. */
  seek(row: number): void;
  /** Gives its memory back; nothing can be read any more. */
  close(): void;
  /** The values of the next `count` rows. Throws `corrupt-file`. */
  read(count: number): ColumnValues;
}

/** Reads one in Arrow's layout. */
export interface VectorReader {
  seek(row: number): void;
  close(): void;
  read(count: number): ColumnVector;
}

/** The leaves of a file column that must be fetched to read it as a field. */
export function neededLeaves(field: Field, node: ParquetNode): ParquetNode[] {
  const leaves = new Set<ParquetNode>();
  collect(field.type, node, leaves);
  return [...leaves];
}

/** The reader of a column. */
export function columnReader(
  field: Field,
  node: ParquetNode,
  sources: Sources,
  asVector = false,
): ColumnReader | VectorReader {
  const { type } = field;
  // Arrow's decimals have 128 bits, however few a file stores.
  const hasLayout = isPrimitive(type) && type.kind !== "decimal";
  if (asVector && hasLayout && node.maxRepetition === 0 && node.physical !== undefined) {
    const conversion = conversionOf(node, type);
    if (canBeVector(conversion, node)) {
      if (conversion.from !== "text" && conversion.from !== "bytes") {
        return new NumberVectorReader(field, node, pagesOf(node, type, sources));
      }
      const source = sources.get(node.leafIndex)!;
      return new BytesVectorReader(field, node, new PageReader(source, new SpanReader()));
    }
  }
  if (isPrimitive(type) && node.maxRepetition === 0) {
    return new FlatReader(field, node, pagesOf(node, type, sources));
  }
  return nestedReader(field, node, sources);
}

function pagesOf(node: ParquetNode, type: PrimitiveType, sources: Sources): PageReader<ColumnArray> {
  const source = sources.get(node.leafIndex)!;
  return new PageReader(source, new ValueReader(node, conversionOf(node, type)));
}

class FlatReader extends PagedColumn<ColumnArray> implements ColumnReader {
  read(count: number): ColumnValues {
    const parts: ColumnValues[] = [];
    this.take(count, (values, page, row, rows) => {
      parts.push(
        values.length === rows
          ? values
          : withNulls(values, page.definition!, row, rows, this.node.maxDefinition),
      );
    });
    return joined(parts);
  }
}

function withNulls(
  values: ColumnArray,
  definition: Uint8Array,
  row: number,
  rows: number,
  maxDefinition: number,
): ColumnValues {
  const output: (Value | null)[] = new Array(rows);
  for (let i = 0, next = 0; i < rows; i++) {
    output[i] = definition[row + i] === maxDefinition ? values[next++]! : null;
  }
  return output;
}

/** The entries of one leaf below a nested column, one after another. */
class LeafCursor {
  definition = 0;
  repetition = 0;
  private readonly node: ParquetNode;
  private readonly pages: PageReader<ColumnArray>;
  private page: Page<ColumnArray> | undefined;
  private values: ColumnArray = [];
  private entry = 0;
  private valueAt = 0;
  /** Whether there is a current entry. */
  present = false;
  /** The row of the current entry, within the row group. */
  private row = -1;

  constructor(node: ParquetNode, pages: PageReader<ColumnArray>) {
    this.node = node;
    this.pages = pages;
    this.load();
  }

  /** The value of the current entry, then moves on. */
  take(): Value | null {
    if (!this.present) throw tooFew(this.node);
    const value = this.definition === this.node.maxDefinition ? this.values[this.valueAt++]! : null;
    this.entry++;
    this.load();
    return value;
  }

  /** Moves ahead to the first entry of a row. */
  seek(row: number): void {
    if (this.pages.seek(row)) {
      this.page = undefined;
      this.load();
    }
    while (this.present && this.row < row) this.take();
    if (this.row !== row) throw tooFew(this.node);
  }

  close(): void {
    this.pages.close();
  }

  private load(): void {
    while (this.page === undefined || this.entry === this.page.count) {
      this.page = this.pages.next();
      if (this.page?.firstRow !== undefined) this.row = this.page.firstRow - 1;
      this.entry = 0;
      this.valueAt = 0;
      this.present = this.page !== undefined;
      if (this.page === undefined) return;
      this.values = this.page.values.take(this.page.present);
    }
    this.present = true;
    this.definition = this.page.definition?.[this.entry] ?? this.node.maxDefinition;
    this.repetition = this.page.repetition?.[this.entry] ?? 0;
    if (this.repetition === 0) this.row++;
  }
}

/** Reads one value of a nested field; all leaves below stand at its first entry. */
interface Part {
  readonly cursors: readonly LeafCursor[];
  read(): Value | null;
}

function nestedReader(field: Field, node: ParquetNode, sources: Sources): ColumnReader {
  const part = partOf(field, node, sources);
  return {
    seek(row) {
      for (const cursor of part.cursors) cursor.seek(row);
    },
    close() {
      for (const cursor of part.cursors) cursor.close();
    },
    read(count) {
      const output: (Value | null)[] = new Array(count);
      for (let i = 0; i < count; i++) output[i] = part.read();
      return output;
    },
  };
}

function partOf(field: Field, node: ParquetNode, sources: Sources): Part {
  const content = contentOf(field.type, node, sources);
  const { cursors } = content;
  const first = cursors[0]!;
  return {
    cursors,
    read() {
      if (first.definition >= node.maxDefinition && first.present) return content.read();
      // Every leaf below holds exactly one entry for a null; nulls further up never come here.
      for (const cursor of cursors) cursor.take();
      if (field.required) throw nullInRequired(node);
      return null;
    },
  };
}

function contentOf(type: Type, node: ParquetNode, sources: Sources): Part {
  switch (type.kind) {
    case "struct":
      return structPart(type.fields, node, sources);
    case "variant":
      return variantReader(node, (leaf, conversion) => {
        const source = sources.get(leaf.leafIndex)!;
        return new LeafCursor(leaf, new PageReader(source, new ValueReader(leaf, conversion)));
      });
    case "list": {
      const parts = listParts(node);
      if (parts === undefined) throw misshapen(node, "list");
      const { repeated, element } = parts;
      const field = {
        id: type.elementId,
        name: "element",
        required: type.elementRequired,
        type: type.element,
      };
      const item = partOf(field, element, sources);
      return repeatedPart(repeated, item.cursors, () => item.read());
    }
    case "map": {
      const parts = mapParts(node);
      if (parts === undefined) throw misshapen(node, "map");
      const { repeated } = parts;
      const key = partOf({ id: type.keyId, name: "key", required: true, type: type.key }, parts.key, sources);
      const valueField = { id: type.valueId, name: "value", required: type.valueRequired, type: type.value };
      const value = parts.value && partOf(valueField, parts.value, sources);
      const cursors = [...key.cursors, ...(value?.cursors ?? [])];
      const entries = repeatedPart(repeated, cursors, () => [key.read()!, value?.read() ?? null]);
      // Of a key that is there more than once, the last value counts (PAR-019).
      return { cursors, read: () => lastOfEachKey(entries.read() as MapValue) };
    }
    default: {
      if (node.physical === undefined) throw misshapen(node, type.kind);
      const cursor = new LeafCursor(node, pagesOf(node, type, sources));
      return { cursors: [cursor], read: () => cursor.take() };
    }
  }
}

function structPart(fields: readonly Field[], node: ParquetNode, sources: Sources): Part {
  if (node.physical !== undefined || node.annotation?.kind === "variant") throw misshapen(node, "struct");
  const parts = fields.map((field) => {
    const child = childOf(node, field);
    return child === undefined ? undefined : partOf(field, child, sources);
  });
  const known = parts.filter((part) => part !== undefined);
  const cursors = known.length > 0 ? known.flatMap((part) => part.cursors) : [markerCursor(node, sources)];
  return {
    cursors,
    read() {
      const struct: Record<string, Value | null> = {};
      for (let i = 0; i < fields.length; i++) {
        const field = fields[i]!;
        setMember(
          struct,
          field.name,
          parts[i] === undefined ? absentField(node, field, sources) : parts[i]!.read(),
        );
      }
      if (known.length === 0) skipValue(cursors[0]!, node.maxRepetition);
      return struct;
    },
  };
}

/** Sets an own member whatever its name: a plain assignment to `__proto__` would set the prototype (SCH-029). */
function setMember(struct: Record<string, Value | null>, name: string, value: Value | null): void {
  if (name !== "__proto__") struct[name] = value;
  else Object.defineProperty(struct, name, { value, writable: true, enumerable: true, configurable: true });
}

/** A field the file's struct lacks: its initial default, whatever its parent's is (SCH-042, SCH-043). */
function absentField(node: ParquetNode, field: Field, { missingValue }: Sources): Value | null {
  const given = missingValue?.(field.id);
  const value = given === undefined ? initialValueOrMissing(field) : given;
  if (value !== MISSING && (value !== null || !field.required)) return value;
  throw columnError(
    node,
    `it lacks field ${field.name} (id ${field.id}), which is required and has no default`,
  );
}

function childOf(node: ParquetNode, field: Field): ParquetNode | undefined {
  if (field.type.kind === "unknown") return undefined;
  return node.children.find((child) => child.fieldId === field.id);
}

/** A struct none of whose wanted fields is in the file still tells by any leaf whether it is null. */
function markerLeaf(node: ParquetNode): ParquetNode {
  const leaves = leavesOf(node);
  return leaves.find((leaf) => leaf.maxRepetition === node.maxRepetition) ?? leaves[0]!;
}

function markerCursor(node: ParquetNode, sources: Sources): LeafCursor {
  const leaf = markerLeaf(node);
  const source = sources.get(leaf.leafIndex)!;
  return new LeafCursor(leaf, new PageReader(source, new ValueReader(leaf, rawConversion(leaf))));
}

/** Values are decoded only to be passed over. */
function rawConversion(leaf: ParquetNode) {
  switch (leaf.physical) {
    case "BOOLEAN":
      return { from: "boolean" } as const;
    case "INT32":
      return { from: "int32", to: undefined } as const;
    case "INT64":
      return { from: "int64", to: undefined } as const;
    case "FLOAT":
      return { from: "float" } as const;
    case "DOUBLE":
      return { from: "double" } as const;
    default:
      return { from: "bytes", to: (bytes: Uint8Array) => bytes } as const;
  }
}

function skipValue(cursor: LeafCursor, maxRepetition: number): void {
  do cursor.take();
  while (cursor.present && cursor.repetition > maxRepetition);
}

function repeatedPart(
  repeated: ParquetNode,
  cursors: readonly LeafCursor[],
  item: () => Value | readonly [Value, Value | null] | null,
): Part {
  const first = cursors[0]!;
  return {
    cursors,
    read() {
      const items: unknown[] = [];
      if (first.definition < repeated.maxDefinition) {
        for (const cursor of cursors) cursor.take();
      } else {
        do items.push(item());
        while (first.present && first.repetition >= repeated.maxRepetition);
      }
      return items as Value;
    },
  };
}

function collect(type: Type, node: ParquetNode, leaves: Set<ParquetNode>): void {
  switch (type.kind) {
    case "struct": {
      const before = leaves.size;
      for (const field of type.fields) {
        const child = childOf(node, field);
        if (child !== undefined) collect(field.type, child, leaves);
      }
      if (leaves.size === before && node.physical === undefined) leaves.add(markerLeaf(node));
      break;
    }
    case "variant":
      for (const leaf of variantLeaves(node)) leaves.add(leaf);
      break;
    case "list": {
      const parts = listParts(node);
      if (parts === undefined) throw misshapen(node, "list");
      collect(type.element, parts.element, leaves);
      break;
    }
    case "map": {
      const parts = mapParts(node);
      if (parts === undefined) throw misshapen(node, "map");
      collect(type.key, parts.key, leaves);
      if (parts.value !== undefined) collect(type.value, parts.value, leaves);
      break;
    }
    default:
      if (node.physical === undefined) throw misshapen(node, type.kind);
      leaves.add(node);
  }
}

function tooFew(node: ParquetNode): IcebergError {
  return columnError(node, "it has fewer values than its row group has rows");
}

function nullInRequired(node: ParquetNode): IcebergError {
  return columnError(node, "the table requires a value and the file has null");
}

function misshapen(node: ParquetNode, kind: string): IcebergError {
  return columnError(node, `the table says ${kind} and the file's group has another shape`);
}

function columnError(node: ParquetNode, why: string): IcebergError {
  const column = node.path.join(".");
  return new IcebergError("corrupt-file", `Cannot read column ${column}: ${why}`, { context: { column } });
}
