/** Tables of other engines, opened where they lie, and their rows in the form `expected.json` has them. @module */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { type FileIO, IcebergError, type InputFile, toHex } from "../../../src/base/index.ts";
import type { LoadedTable } from "../../../src/catalog/index.ts";
import { parseMetadata } from "../../../src/metadata/index.ts";
import {
  type Field,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  type Type,
} from "../../../src/schema/index.ts";

export const FIXTURES = new URL("../../../../shared/fixtures/", import.meta.url).pathname;

/** All files below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Files of a table that moved: each location is the file with most of its last path parts. */
export function movedIo(folder: string): FileIO {
  const files = filesBelow(folder).map((path) => ({
    path,
    parts: relative(folder, path).split("/").reverse(),
  }));
  const find = (location: string): string => {
    const parts = location.split("/").reverse();
    let best: { readonly path: string; readonly common: number } | undefined;
    for (const { path, parts: own } of files) {
      let common = 0;
      while (common < own.length && own[common] === parts[common]) common++;
      if (common > 0 && common > (best?.common ?? 0)) best = { path, common };
    }
    if (best === undefined) throw new IcebergError("no-such-file", `Cannot read ${location}: there is none`);
    return best.path;
  };
  const refuse = () => Promise.reject(new Error("fixtures are only read"));
  const open = (location: string): InputFile => ({
    location,
    size: async () => readFileSync(find(location)).length,
    read: async (range) => {
      const bytes = new Uint8Array(readFileSync(find(location)));
      return range === undefined ? bytes : bytes.slice(range.start, range.end);
    },
  });
  return { open, create: refuse, delete: refuse };
}

/** A table by its folder below the fixtures and the name of its metadata file. */
export function openFixture(name: string, metadata: string): LoadedTable {
  const folder = join(FIXTURES, name);
  const path = join(folder, "metadata", metadata);
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return {
    identifier: { namespace: ["fixtures"], name },
    metadata: parseMetadata(new Uint8Array(readFileSync(path)), path),
    metadataLocation: path,
    io: movedIo(name === "pyiceberg/added" ? join(FIXTURES, "pyiceberg") : folder),
  };
}

/** A held value as `expected.json` has it: Python's texts for times, `hex:` for bytes, text past 2^53. */
export function expectedForm(type: Type, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "long":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "float":
    case "double":
      return Number.isFinite(value) ? value : String(value).toLowerCase().replace("infinity", "inf");
    case "decimal":
      return typeof value === "bigint" ? formatDecimal(value, type.scale) : value;
    case "date":
      return formatDate(value as number);
    case "time":
      return trimmed(formatTime(value as bigint, "full"));
    case "timestamp":
      return trimmed(formatTimestamp(value as bigint, { unit: "micros", fraction: "full" }));
    case "timestamptz":
      return `${trimmed(formatTimestamp(value as bigint, { unit: "micros", fraction: "full" }))}+00:00`;
    case "binary":
    case "fixed":
      return `hex:${toHex(value as Uint8Array)}`;
    case "struct":
      return rowForm(type.fields, value as Record<string, unknown>);
    case "list":
      return (value as unknown[]).map((item) => expectedForm(type.element, item));
    case "map":
      return (value as [unknown, unknown][]).map(([key, item]) => [
        expectedForm(type.key, key),
        expectedForm(type.value, item),
      ]);
    default:
      return value;
  }
}

export function rowForm(
  fields: readonly Field[],
  row: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name, type }) => [name, expectedForm(type, row[name])]));
}

/** Python leaves a fraction of zeros out. */
function trimmed(text: string): string {
  return text.replace(/\.000000$/, "");
}
