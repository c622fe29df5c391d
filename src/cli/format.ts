/** Small formats shared by the verbs: counts, sizes, times, cells of a table. Spec: none. @module */
import { type Json, stringifyJson } from "../base/index.ts";
import type { Type, Value } from "../schema/index.ts";
import { canonicalJson } from "../values/index.ts";
import type { Cell, TableColumn } from "./terminal-table.ts";

/** `1 row`, `12,345 rows`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

/** Digits in groups of three. */
export function grouped(number: number | bigint): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A size in the largest unit that keeps it above 1: `812 B`, `1.4 MiB`. */
export function byteSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${size.toFixed(1)} ${UNITS[unit]}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Milliseconds since the epoch as an ISO instant. */
export function instant(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}

/** A held value for a table: canonical JSON without the quotes of a string. */
export function cellOf(type: Type, value: Value | null): Cell {
  if (value === null) return null;
  const json = canonicalJson(type, value);
  return typeof json === "string" ? json : stringifyJson(json);
}

/** The column of a table for values of a type. */
export function columnOf(title: string, type: Type): TableColumn {
  return { title, numeric: NUMERIC.has(type.kind), whole: WHOLE.has(type.kind) };
}

const NUMERIC: ReadonlySet<string> = new Set(["int", "long", "float", "double", "decimal"]);
const WHOLE: ReadonlySet<string> = new Set(
  ["boolean", "date", "time", "timestamp", "timestamptz"].concat(["timestamp_ns", "timestamptz_ns", "uuid"]),
);

/** One JSON document, as people and programs read it. */
export function document(json: Json): string {
  return `${stringifyJson(json, 2)}\n`;
}

/** Lines of `label  value`, the values below each other. */
export function labelled(rows: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd()).join("\n");
}
