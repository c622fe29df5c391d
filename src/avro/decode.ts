/**
 * Decoders built as closures over the writer's type, no code generation. A {@link Decoder} says which Iceberg
 * value is wanted; building it against the writer's type checks that the type can give it and yields a function
 * of the cursor. Records are read by field id into slots; fields nobody wants are stepped over.
 * Spec: App. A Avro; schema resolution by id (MAN-015, MAN-063).
 * @module
 */
import { IcebergError } from "../base/index.ts";
import type { AvroCursor } from "./cursor.ts";
import type { AvroField, AvroRecord, AvroType } from "./schema.ts";
import { leastBytes, skipper } from "./skip.ts";

/** Reads one value at the cursor; `undefined` stands for Avro's null. */
export type Decode<T> = (cursor: AvroCursor) => T | undefined;

/** Builds a decode function for the writer's type, which is never a union. Answers `undefined` when it cannot. */
export type Decoder<T> = (type: AvroType) => Decode<T> | undefined;

/** A field that a record reader delivers. */
export interface WantedField {
  readonly id: number;
  /** Names to look for in records without field ids (MAN-064). */
  readonly names: readonly string[];
  /** Where the value goes in the slots. */
  readonly slot: number;
  readonly decode: Decoder<unknown>;
  /** A required field that the writer left out or that is null is an error; `"may-be-null"`: only one left out is. */
  readonly required?: boolean | "may-be-null";
}

/** Lets a reader leave a record as soon as a few of its fields are known. */
export interface RecordGate {
  /** The slots that must be filled before it can be asked. */
  readonly needs: readonly number[];
  /** The slots that are filled in any case. */
  readonly always: readonly number[];
  /** Whether the rest of the record is wanted; otherwise it is stepped over and its slots keep what they held. */
  readonly opens: (slots: readonly unknown[], cursor: AvroCursor) => boolean;
}

/** Fills the slots of the wanted fields that the record has; the others keep what they held. */
export type RecordReader = (cursor: AvroCursor, slots: unknown[]) => void;

/** `int` or `long` to an exact number: counts, sizes, sequence numbers. */
export const asNumber: Decoder<number> = (type) =>
  type.kind === "int" || type.kind === "long" ? (cursor) => cursor.readNumber() : undefined;

/** `int` or `long` to a number of 32 bits. */
export const asInt: Decoder<number> = (type) =>
  type.kind === "int" || type.kind === "long" ? (cursor) => cursor.readInt() : undefined;

/** `int` or `long` to bigint. */
export const asLong: Decoder<bigint> = (type) =>
  type.kind === "int" || type.kind === "long" ? (cursor) => cursor.readLong() : undefined;

export const asBoolean: Decoder<boolean> = (type) =>
  type.kind === "boolean" ? (cursor) => cursor.readBoolean() : undefined;

/** `float` or `double`. */
export const asDouble: Decoder<number> = (type) => {
  if (type.kind === "double") return (cursor) => cursor.readDouble();
  return type.kind === "float" ? (cursor) => cursor.readFloat() : undefined;
};

/** `string`, or `bytes` that hold UTF-8 (Avro promotes both ways). */
export const asString: Decoder<string> = (type) => {
  if (type.kind === "string" || type.kind === "bytes") return (cursor) => cursor.readString();
  if (type.kind !== "enum") return undefined;
  const symbols = type.symbols;
  return (cursor) => symbols[cursor.readBranch(symbols.length)];
};

/** `bytes`, `fixed` or `string` to a copy of the bytes. */
export const asBytes: Decoder<Uint8Array> = (type) => {
  if (type.kind === "fixed") return (cursor) => cursor.readFixed(type.size);
  return type.kind === "bytes" || type.kind === "string" ? (cursor) => cursor.readBytes() : undefined;
};

/** An array of present items. */
export function asList<T>(item: Decoder<T>): Decoder<T[]> {
  return (type) => {
    if (type.kind !== "array") return undefined;
    const decode = resolve(type.items, item);
    if (decode === undefined) return undefined;
    const least = leastBytes(type.items);
    return (cursor) => {
      const list: T[] = [];
      for (let count = cursor.readBlockCount(least); count > 0; count = cursor.readBlockCount(least)) {
        for (let i = 0; i < count; i++) {
          const start = cursor.at;
          list.push(decode(cursor) ?? cursor.fail("a null list element", start));
        }
      }
      return list;
    };
  };
}

/** An array of records, each read into fresh slots and turned into a value. */
export function asRecords<T>(
  wanted: readonly WantedField[],
  what: string,
  make: (slots: readonly unknown[]) => T,
): Decoder<T[]> {
  return asList((type) => {
    if (type.kind !== "record") return undefined;
    const read = recordReader(type, wanted, what);
    const slots: unknown[] = [];
    return (cursor) => {
      slots.fill(undefined);
      read(cursor, slots);
      return make(slots);
    };
  });
}

/**
 * A decode function for any writer's type: a union gives null as `undefined` and decodes its other branches, in
 * whatever order they stand (MAN-055). Answers `undefined` when the type cannot give the wanted value.
 */
export function resolve<T>(type: AvroType, decoder: Decoder<T>): Decode<T> | undefined {
  if (type.kind === "null") return () => undefined;
  if (type.kind !== "union") return decoder(type);
  const branches: Decode<T>[] = [];
  for (const branch of type.branches) {
    const decode = resolve(branch, decoder);
    if (decode === undefined) return undefined;
    branches.push(decode);
  }
  const count = branches.length;
  const general: Decode<T> = (cursor) => branches[cursor.readBranch(count)]!(cursor);
  if (count !== 2 || type.branches[0]!.kind !== "null") return general;
  // Nearly every union: null comes first, and the branch takes one byte.
  const present = branches[1]!;
  return (cursor) => {
    const byte = cursor.bytes[cursor.at];
    if (cursor.at >= cursor.end || (byte !== 0 && byte !== 2)) return general(cursor);
    cursor.at++;
    return byte === 0 ? undefined : present(cursor);
  };
}

/**
 * A reader of one record type. Fields are matched by id; by name only when the record carries no id at all.
 * `what` names the file in errors. A `gate` is asked once for every record, as early as the writer's order of fields
 * allows.
 * @throws IcebergError `corrupt-file` when a wanted field has a type that cannot give its value, or a required
 *   one is missing.
 */
export function recordReader(
  type: AvroType,
  wanted: readonly WantedField[],
  what: string,
  gate?: RecordGate,
): RecordReader {
  if (type.kind !== "record") {
    return misfit(what, `Cannot read ${what}: a ${type.kind} stands where a record is expected`);
  }
  const byId = type.fields.some((field) => field.id !== undefined);
  const found = new Set<WantedField>();
  const steps: RecordReader[] = [];
  /** The same for a record that the gate stops. */
  const skips: RecordReader[] = [];
  let gateAt = 0;
  for (const field of type.fields) {
    const skip = skipper(field.type);
    const want = wanted.find((candidate) => matches(candidate, field, byId));
    if (want === undefined || found.has(want)) {
      steps.push(skip);
      skips.push(skip);
      continue;
    }
    found.add(want);
    const step = decodeStep(field, want, type, what);
    skips.push(gate?.always.includes(want.slot) ? step : skip);
    if (gate?.needs.includes(want.slot)) gateAt = steps.length + 1;
    steps.push(step);
  }
  const missing = wanted.find((want) => (want.required ?? false) !== false && !found.has(want));
  if (missing !== undefined) {
    return misfit(
      what,
      `Cannot read ${what}: record ${type.name} has no field ${missing.names[0]} (id ${missing.id})`,
    );
  }
  if (gate === undefined) return sequence(steps);
  const head = sequence(steps.slice(0, gateAt));
  const rest = sequence(steps.slice(gateAt));
  const stepOver = sequence(skips.slice(gateAt));
  return (cursor, slots) => {
    head(cursor, slots);
    if (gate.opens(slots, cursor)) rest(cursor, slots);
    else stepOver(cursor, slots);
  };
}

function sequence(steps: readonly RecordReader[]): RecordReader {
  return (cursor, slots) => {
    for (let i = 0; i < steps.length; i++) steps[i]!(cursor, slots);
  };
}

function matches(want: WantedField, field: AvroField, byId: boolean): boolean {
  return byId ? field.id === want.id : want.names.includes(field.name);
}

function decodeStep(field: AvroField, want: WantedField, record: AvroRecord, what: string): RecordReader {
  const decode = resolve(field.type, want.decode);
  if (decode === undefined) {
    return misfit(
      what,
      `Cannot read ${what}: field ${field.name} (id ${want.id}) of record ${record.name} has the Avro type ` +
        `${describe(field.type)}, which cannot hold it`,
    );
  }
  const slot = want.slot;
  if (want.required === true && (field.type.kind === "union" || field.type.kind === "null")) {
    return (cursor, slots) => {
      slots[slot] = decode(cursor) ?? cursor.fail(`null in the required field ${field.name}`);
    };
  }
  return (cursor, slots) => {
    slots[slot] = decode(cursor);
  };
}

function describe(type: AvroType): string {
  return type.kind === "union" ? `[${type.branches.map(describe).join(", ")}]` : type.kind;
}

function misfit(what: string, message: string): never {
  throw new IcebergError("corrupt-file", message, { context: { what } });
}
