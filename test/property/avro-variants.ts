/** Other legal ways to write the same Avro records: what other writers may do and readers must bear. @module */
import type { Generic } from "./avro-oracle.ts";

/** Choices of one variant, drawn from a stream of random numbers. */
export type Choose = (options: number) => number;

type Json = unknown;
type Node = { [key: string]: Json };

/**
 * The same schema with fields in another order, unions turned round, unknown fields put in and the ints of lists
 * widened to longs.
 */
export function variantOf(schema: Json, choose: Choose): Json {
  const visit = (node: Json): Json => {
    if (Array.isArray(node)) {
      const branches = node.map(visit);
      return choose(2) === 0 ? branches : branches.reverse();
    }
    if (typeof node !== "object" || node === null) return node;
    const object = node as Node;
    if (object.type === "record") {
      let fields = (object.fields as Node[]).map((field): Node => {
        const { default: _, ...rest } = field;
        return { ...rest, type: visit(field.type) };
      });
      if (object.name === "r2" || object.name === "manifest_entry") {
        if (choose(2) === 0) fields = fields.reverse();
        const at = choose(fields.length + 1);
        fields.splice(at, 0, { name: "unknown_1", type: UNKNOWN[choose(UNKNOWN.length)], "field-id": 9999 });
      }
      return { ...object, fields };
    }
    if (object.type === "array")
      return { ...object, items: object.items === "int" ? "long" : visit(object.items) };
    return object;
  };
  return visit(schema);
}

const UNKNOWN: readonly Json[] = [
  "string",
  ["null", "double"],
  { type: "map", values: ["long", "null"] },
  { type: "array", items: { type: "record", name: "odd", fields: [{ name: "x", type: "float" }] } },
  { type: "enum", name: "odd_enum", symbols: ["A", "B"] },
];

/** Encodes a value by a schema from the definition of the format, splitting arrays and maps into blocks at will. */
export function encodeAvro(schema: Json, value: unknown, choose: Choose): number[] {
  const named = new Map<string, Json>();
  JSON.stringify(schema, (_, node: Node | null) => {
    if (typeof node?.name === "string" && typeof node.type === "string") named.set(node.name, node);
    return node;
  });
  const out: number[] = [];
  write(schema, value);
  return out;

  function long(number: bigint): void {
    out.push(...zigZag(number));
  }

  function blocks(items: readonly unknown[], item: (each: unknown) => void): void {
    let at = 0;
    while (at < items.length) {
      const size = 1 + choose(items.length - at);
      const block = items.slice(at, at + size);
      if (choose(2) === 0) {
        long(BigInt(size));
        block.forEach(item);
      } else {
        const start = out.length;
        block.forEach(item);
        const bytes = out.splice(start);
        long(BigInt(-size));
        long(BigInt(bytes.length));
        out.push(...bytes);
      }
      at += size;
    }
    long(0n);
  }

  function bytes(data: Uint8Array): void {
    long(BigInt(data.length));
    out.push(...data);
  }

  function write(type: Json, of: unknown): void {
    if (Array.isArray(type)) {
      const branch = type.findIndex((each) => (each === "null") === (of === null));
      long(BigInt(branch));
      write(type[branch], of);
      return;
    }
    if (typeof type === "string") {
      const definition = named.get(type);
      if (definition !== undefined) {
        write(definition, of);
        return;
      }
    }
    const kind = typeof type === "string" ? type : ((type as Node).type as string);
    const object = type as Node;
    switch (kind) {
      case "null":
        return;
      case "boolean":
        out.push(of === true ? 1 : 0);
        return;
      case "int":
      case "long":
        long(BigInt(of as number));
        return;
      case "float":
        out.push(...new Uint8Array(new Float32Array([of as number]).buffer));
        return;
      case "double":
        out.push(...new Uint8Array(new Float64Array([of as number]).buffer));
        return;
      case "string":
        bytes(new TextEncoder().encode(of as string));
        return;
      case "bytes":
        bytes(of as Uint8Array);
        return;
      case "fixed":
        out.push(...(of as Uint8Array));
        return;
      case "enum":
        long(BigInt((object.symbols as string[]).indexOf(of as string)));
        return;
      case "array":
        blocks(of as unknown[], (each) => write(object.items, each));
        return;
      case "map":
        blocks(Object.entries(of as Generic), (pair) => {
          const [key, each] = pair as [string, unknown];
          bytes(new TextEncoder().encode(key));
          write(object.values, each);
        });
        return;
      case "record":
        for (const field of object.fields as Node[]) {
          const record = of as Generic;
          const name = field.name as string;
          write(field.type, name === "unknown_1" ? sample(field.type) : record[name]);
        }
        return;
      default:
        throw new Error(`cannot encode ${kind}`);
    }
  }
}

function sample(type: Json): unknown {
  if (type === "string") return "whatever";
  if (Array.isArray(type)) return type.includes("double") ? 1.5 : null;
  const object = type as Node;
  if (object.type === "map") return { a: null, b: 2 };
  if (object.type === "array") return [{ x: 1 }, { x: 2 }, { x: 3 }];
  return (object.symbols as string[])[1];
}

/** A container of one block per `perBlock` records, header map in two blocks. */
export function containerOf(schema: Json, records: readonly Generic[], choose: Choose): Uint8Array {
  const text = (value: string) => {
    const encoded = new TextEncoder().encode(value);
    return [...zigZag(BigInt(encoded.length)), ...encoded];
  };
  const sync = Array.from({ length: 16 }, () => choose(256));
  const schemaPair = [...text("avro.schema"), ...text(JSON.stringify(schema))];
  const out = [0x4f, 0x62, 0x6a, 1, 2, ...text("x"), ...text("y"), 1, ...zigZag(BigInt(schemaPair.length))];
  out.push(...schemaPair, 0, ...sync);
  for (const record of records) {
    const bytes = encodeAvro(schema, record, choose);
    out.push(2, ...zigZag(BigInt(bytes.length)), ...bytes, ...sync);
  }
  return Uint8Array.from(out);
}

function zigZag(value: bigint): number[] {
  let rest = value >= 0n ? 2n * value : -2n * value - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest /= 128n) bytes.push(Number(rest % 128n) + 128);
  return [...bytes, Number(rest)];
}
