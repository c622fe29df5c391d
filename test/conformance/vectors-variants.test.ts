/** Vectors of shredded variants, as files that hyparquet-writer makes of their columns. */
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect } from "vitest";
import { fromHex, type Json, type JsonObject, toHex } from "../../src/base/index.ts";
import { Schema } from "../../src/schema/index.ts";
import { field, readRows } from "../unit/parquet/support.ts";
import { suite, text } from "./vector-suite.ts";

type Element = Record<string, unknown>;

suite(
  "variant-shredding.json",
  ({ about }) => `${text(about)} (PAR-021, PAR-022)`,
  async ({ schema, metadata, row, variant, error }) => {
    const parts = slotElements(schema as JsonObject);
    const elements: Element[] = [
      { name: "root", num_children: 1 },
      { name: "c", repetition_type: "OPTIONAL", field_id: 1, num_children: parts.count + 1 },
      { name: "metadata", type: "BYTE_ARRAY", repetition_type: "REQUIRED" },
      ...parts.elements,
    ];
    const held = {
      metadata: fromHex(String(metadata)),
      ...slotData(schema as JsonObject, row as JsonObject),
    };
    const buffer = parquetWriteBuffer({
      schema: elements,
      columnData: [{ name: "c", data: [null, held, null] }],
    } as never);
    const read = readRows(new Uint8Array(buffer), new Schema([field(1, "c", { kind: "variant" })]));
    if (error !== undefined) return expect(read).rejects.toMatchObject({ code: error });
    const [before, { c }, after] = (await read) as [unknown, { c: Record<string, Uint8Array> }, unknown];
    expect([before, after]).toEqual([{ c: null }, { c: null }]);
    expect(toHex(c.value!)).toBe(variant);
    expect(toHex(c.metadata!)).toBe(metadata);
  },
);

/** The schema elements of a group of `value` and `typed_value`, and how many children it has. */
function slotElements({ value, typed_value: typed }: JsonObject): { elements: Element[]; count: number } {
  const elements: Element[] = [];
  if (value !== undefined) elements.push(leafElement("value", String(value)));
  if (typed === undefined) return { elements, count: elements.length };
  const count = elements.length + 1;
  const group = (name: string, repetition: string, slot: JsonObject): Element[] => {
    const inner = slotElements(slot);
    return [{ name, repetition_type: repetition, num_children: inner.count }, ...inner.elements];
  };
  const base = { name: "typed_value", repetition_type: "OPTIONAL" };
  if (typeof typed === "string") elements.push(leafElement("typed_value", typed));
  else if ("list" in (typed as JsonObject)) {
    elements.push(
      { ...base, num_children: 1, logical_type: { type: "LIST" }, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...group("element", "REQUIRED", (typed as JsonObject).list as JsonObject),
    );
  } else {
    const fields = Object.entries((typed as JsonObject).object as JsonObject);
    elements.push({ ...base, num_children: fields.length });
    for (const [name, slot] of fields) elements.push(...group(name, "REQUIRED", slot as JsonObject));
  }
  return { elements, count };
}

/** A column as in `FIXED_LEN_BYTE_ARRAY(16) DECIMAL(38,9)`. */
function leafElement(name: string, written: string): Element {
  const [, type, length, kind, first, second] = /^(\w+)(?:\((\d+)\))?(?: (\w+)(?:\((\w+),(\w+)\))?)?$/.exec(
    written,
  )!;
  const element = { name, type, repetition_type: "OPTIONAL", ...(length && { type_length: Number(length) }) };
  const logical = {
    INTEGER: { bitWidth: Number(first), isSigned: second === "true" },
    DECIMAL: { precision: Number(first), scale: Number(second) },
    TIME: { isAdjustedToUTC: first === "true", unit: second },
    TIMESTAMP: { isAdjustedToUTC: first === "true", unit: second },
  }[kind ?? ""];
  return kind === undefined ? element : { ...element, logical_type: { type: kind, ...logical } };
}

function slotData({ typed_value: type }: JsonObject, row: JsonObject): Record<string, unknown> {
  const typed = row.typed_value;
  return {
    value: row.value === undefined ? null : fromHex(String(row.value)),
    typed_value: typed === undefined ? null : typedData(type!, typed),
  };
}

function typedData(type: Json, typed: Json): unknown {
  if (typeof type === "string") {
    if (type.includes("BYTE_ARRAY")) return fromHex(String(typed));
    return type.startsWith("INT64") ? BigInt(typed as number) : typed;
  }
  const { list, object } = type as JsonObject;
  if (list !== undefined) {
    return (typed as readonly JsonObject[]).map((each) => slotData(list as JsonObject, each));
  }
  return Object.fromEntries(
    Object.entries(object as JsonObject).map(([name, slot]) => [
      name,
      slotData(slot as JsonObject, (typed as JsonObject)[name] as JsonObject),
    ]),
  );
}
