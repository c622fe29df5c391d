/**
 * Rows of Avro data files: any writer's schema resolved against the table's fields by id, at every level, without code
 * generation. Spec: App. A Avro; Column Projection; requirements PAR-046 to PAR-048, PAR-057, SCH-074 to SCH-078.
 * @module
 */
import { IcebergError } from "../base/index.ts";
import {
  type Field,
  initialValueOrMissing,
  type ListType,
  type MapType,
  MISSING,
  type StructType,
  simpleType,
  typeToString,
  type Value,
} from "../schema/index.ts";
import { checkVariantVersion } from "../values/index.ts";
import type { AvroCursor } from "./cursor.ts";
import type { Decode } from "./decode.ts";
import type { AvroField, AvroRecord, AvroType } from "./schema.ts";
import { leastBytes, type Skip, skipper } from "./skip.ts";
import { fittingDecoder } from "./values.ts";

export interface ProjectRowsOptions {
  /**
   * Ids for the fields of a file without any (SCH-085), by path: names, with `element`, `key` and `value` for the parts
   * of arrays and maps. Absent: such a file has none of the columns (SCH-087).
   */
  readonly fieldIdOf?: ((path: readonly string[]) => number | undefined) | undefined;
  /** Values of fields inside records that the file lacks, by id, before their defaults (SCH-075). */
  readonly missingValue?: ((fieldId: number) => Value | null | undefined) | undefined;
}

export interface RowProjection {
  /** Which of the fields the file has. */
  readonly present: readonly boolean[];
  /** Reads one row: `columns[i][row]` for each field that is there. */
  readonly read: (cursor: AvroCursor, columns: readonly unknown[][], row: number) => void;
}

/** Reads one present value. */
type Present = (cursor: AvroCursor) => Value;
/** Reads one value or null. */
type Nullable = (cursor: AvroCursor) => Value | null;

/**
 * The reader of rows of a file, whose schema is `type`. `what` names it in errors.
 * @throws IcebergError `corrupt-file` when the file holds a field in a type that cannot become the requested one, or
 *   from the reader for null in a required field; `unsupported` for unions of several types.
 */
export function projectRows(
  type: AvroType,
  fields: readonly Field[],
  what: string,
  options: ProjectRowsOptions = {},
): RowProjection {
  if (type.kind !== "record") {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read ${what}: its objects are no records but ${type.kind}`,
      {
        context: { file: what },
      },
    );
  }
  const projector = new Projector(what, options, hasIds(type));
  const present = fields.map((field) => projector.fieldOf(type, field, []) !== undefined);
  const steps = projector.recordSteps(type, fields, []);
  return {
    present,
    read(cursor, columns, row) {
      for (let i = 0; i < steps.length; i++) {
        const step = steps[i]!;
        if (typeof step === "function") step(cursor);
        else
          for (const { at, rewind, read } of step) {
            const start = cursor.at;
            columns[at]![row] = read(cursor);
            if (rewind) cursor.at = start;
          }
      }
    },
  };
}

/** A field of the file read for places among the wanted ones, or stepped over. */
type Step = Skip | readonly { readonly at: number; readonly rewind: boolean; readonly read: Nullable }[];

class Projector {
  private readonly what: string;
  private readonly options: ProjectRowsOptions;
  private readonly hasIds: boolean;

  constructor(what: string, options: ProjectRowsOptions, hasIds: boolean) {
    this.what = what;
    this.options = options;
    this.hasIds = hasIds;
  }

  recordSteps(record: AvroRecord, fields: readonly Field[], path: readonly string[]): readonly Step[] {
    return record.fields.map((source): Step => {
      const wanted = fields.flatMap((field, at) =>
        this.fieldOf(record, field, path) === source ? [at] : [],
      );
      if (wanted.length === 0) return skipper(source.type);
      return wanted.map((at, i) => ({
        at,
        // The same bytes are read again for the next one that wants them.
        rewind: i + 1 < wanted.length,
        read: this.nullable(source.type, fields[at]!, [...path, source.name]),
      }));
    });
  }

  /** The file's field of a wanted one; nothing in a file can be of type unknown (SCH-006). */
  fieldOf(record: AvroRecord, field: Field, path: readonly string[]): AvroField | undefined {
    if (field.type.kind === "unknown") return undefined;
    return record.fields.find(
      (source) => this.idOf(source.id, [...path, source.name]) === field.id && !isNull(source.type),
    );
  }

  private idOf(id: number | undefined, path: readonly string[]): number | undefined {
    return this.hasIds ? id : this.options.fieldIdOf?.(path);
  }

  private nullable(type: AvroType, field: Field, path: readonly string[]): Nullable {
    const nullOf = (cursor: AvroCursor): null => {
      if (field.required) cursor.fail(`null in ${path.join(".")} (id ${field.id}), which the table requires`);
      return null;
    };
    if (type.kind === "null") return nullOf;
    if (type.kind !== "union") return this.present(type, field, path);
    const real = type.branches.filter(({ kind }) => kind !== "null");
    if (real.length > 1) {
      throw new IcebergError(
        "unsupported",
        `Cannot read ${this.what}: ${path.join(".")} is a union of several types; only a type and null can be a column`,
        { context: { file: this.what, column: path.join(".") } },
      );
    }
    const branches = type.branches.map(
      (branch): Nullable => (branch.kind === "null" ? nullOf : this.present(branch, field, path)),
    );
    const count = branches.length;
    return (cursor) => branches[cursor.readBranch(count)]!(cursor);
  }

  private present(type: AvroType, field: Field, path: readonly string[]): Present {
    const wanted = field.type;
    switch (wanted.kind) {
      case "struct":
        return type.kind === "record" ? this.struct(type, wanted, path) : this.misfit(type, field, path);
      case "variant":
        return type.kind === "record" ? this.variant(type, path) : this.misfit(type, field, path);
      case "list":
        return type.kind === "array" ? this.list(type.items, wanted, path) : this.misfit(type, field, path);
      case "map":
        if (type.kind === "map") return this.stringMap(type.values, wanted, path);
        return type.kind === "array" && type.items.kind === "record" && type.items.fields.length === 2
          ? this.entries(type.items, wanted, path)
          : this.misfit(type, field, path);
      default: {
        const decode = fittingDecoder(wanted, type) as Decode<Value> | undefined;
        return (decode as Present | undefined) ?? this.misfit(type, field, path);
      }
    }
  }

  private struct(record: AvroRecord, { fields }: StructType, path: readonly string[]): Present {
    const steps = this.recordSteps(record, fields, path);
    const names = fields.map(({ name }) => name);
    const absent = fields.map((field) =>
      this.fieldOf(record, field, path) === undefined ? this.absentValue(field, path) : undefined,
    );
    return (cursor) => {
      const values: (Value | null | undefined)[] = new Array(names.length);
      for (let i = 0; i < steps.length; i++) {
        const step = steps[i]!;
        if (typeof step === "function") step(cursor);
        else for (const { at, read } of step) values[at] = read(cursor);
      }
      for (let i = 0; i < names.length; i++) if (absent[i] !== undefined) values[i] = absent[i]!();
      // `fromEntries` defines own members whatever their name, `__proto__` included (SCH-029).
      return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    };
  }

  /** Both parts of a variant go by their names: they have no ids (PAR-020). */
  private variant(record: AvroRecord, path: readonly string[]): Present {
    const parts = ["metadata", "value"].map((name) =>
      record.fields.findIndex((field) => field.name === name),
    );
    if (parts.includes(-1)) {
      return this.misfit(record, { id: -1, name: "", required: false, type: { kind: "variant" } }, path);
    }
    const bytes: Field = { id: -1, name: "", required: true, type: simpleType("binary") };
    const reads = record.fields.map((field, at): ((cursor: AvroCursor) => unknown) =>
      parts.includes(at) ? this.nullable(field.type, bytes, [...path, field.name]) : skipper(field.type),
    );
    const [metadata, value] = parts as [number, number];
    return (cursor) => {
      const values = reads.map((read) => read(cursor));
      checkVariantVersion(values[metadata] as Uint8Array);
      return { metadata: values[metadata] as Value, value: values[value] as Value };
    };
  }

  private list(items: AvroType, type: ListType, path: readonly string[]): Present {
    const element = {
      id: type.elementId,
      name: "element",
      required: type.elementRequired,
      type: type.element,
    };
    const read = this.nullable(items, element, [...path, "element"]);
    return blocks(leastBytes(items), (cursor) => read(cursor)) as unknown as Present;
  }

  private stringMap(values: AvroType, type: MapType, path: readonly string[]): Present {
    const field = { id: type.valueId, name: "value", required: type.valueRequired, type: type.value };
    const read = this.nullable(values, field, [...path, "value"]);
    const key = fittingDecoder(type.key, { kind: "string" });
    if (key === undefined) return this.misfit({ kind: "map", values }, { ...field, type }, path);
    return blocks(1 + leastBytes(values), (cursor) => [key(cursor), read(cursor)]) as unknown as Present;
  }

  /** A map whose keys are no strings is an array of pairs. */
  private entries(record: AvroRecord, type: MapType, path: readonly string[]): Present {
    const [keySource, valueSource] = record.fields as readonly [AvroField, AvroField];
    const key = this.nullable(
      keySource.type,
      { id: type.keyId, name: "key", required: true, type: type.key },
      [...path, "key"],
    );
    const value = this.nullable(
      valueSource.type,
      { id: type.valueId, name: "value", required: type.valueRequired, type: type.value },
      [...path, "value"],
    );
    return blocks(leastBytes(record), (cursor) => [key(cursor), value(cursor)]) as unknown as Present;
  }

  private absentValue(field: Field, path: readonly string[]): () => Value | null {
    const given = this.options.missingValue?.(field.id);
    const value = given === undefined ? initialValueOrMissing(field) : given;
    if (value !== MISSING && (value !== null || !field.required)) return () => value;
    const column = [...path, field.name].join(".");
    return () => {
      throw new IcebergError(
        "corrupt-file",
        `Cannot read column ${column} (id ${field.id}) of ${this.what}: the file lacks it, it is required and has no default`,
        { context: { file: this.what, column, id: field.id } },
      );
    };
  }

  private misfit(type: AvroType, field: Field, path: readonly string[]): never {
    const column = path.join(".");
    throw new IcebergError(
      "corrupt-file",
      `Cannot read column ${column} (id ${field.id}) of ${this.what} as ${typeToString(field.type)}: the file holds ${type.kind}`,
      { context: { file: this.what, column, id: field.id } },
    );
  }
}

/** Items of an array or map, which come in blocks. */
function blocks(least: number, item: (cursor: AvroCursor) => unknown): (cursor: AvroCursor) => unknown[] {
  return (cursor) => {
    const items: unknown[] = [];
    for (let count = cursor.readBlockCount(least); count > 0; count = cursor.readBlockCount(least)) {
      for (let i = 0; i < count; i++) items.push(item(cursor));
    }
    return items;
  };
}

/** Whether any field of a file has an id: one is enough to turn the name mapping off (SCH-085). */
function hasIds(type: AvroType): boolean {
  switch (type.kind) {
    case "record":
      return type.fields.some((field) => field.id !== undefined || hasIds(field.type));
    case "union":
      return type.branches.some(hasIds);
    case "array":
      return type.elementId !== undefined || hasIds(type.items);
    case "map":
      return type.keyId !== undefined || hasIds(type.values);
    default:
      return false;
  }
}

function isNull(type: AvroType): boolean {
  return type.kind === "null" || (type.kind === "union" && type.branches.every(isNull));
}
