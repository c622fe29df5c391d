/** Our metadata tables as canonical JSON with every member in its order, as PyIceberg's are printed. @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FileIO, type Json, stringifyJson, toHex } from "../../../src/base/index.ts";
import * as inspect from "../../../src/inspect/index.ts";
import { openTable } from "../../../src/node.ts";
import { type Field, formatTimestamp, type Value } from "../../../src/schema/index.ts";
import { Table } from "../../../src/table/index.ts";
import { canonicalJson } from "../../../src/values/index.ts";

/** What is asked for; `moved` is the metadata folder of a table that is not where it was written. */
interface Request {
  readonly metadata: string;
  readonly name?: string;
  readonly moved?: string;
}

type Rows = AsyncIterable<object> | Iterable<object> | Promise<Iterable<object>>;

const TABLES: Readonly<Record<string, (table: Table) => Rows>> = {
  snapshots: inspect.snapshots,
  history: inspect.history,
  refs: inspect.refs,
  metadata_log_entries: inspect.metadataLogEntries,
  manifests: inspect.manifests,
  all_manifests: inspect.allManifests,
  files: inspect.files,
  data_files: inspect.dataFiles,
  delete_files: inspect.deleteFiles,
  all_files: inspect.allFiles,
  all_data_files: inspect.allDataFiles,
  all_delete_files: inspect.allDeleteFiles,
  entries: inspect.entries,
  partitions: inspect.partitions,
};

/** The rows of the metadata table that the request names. */
export async function metadataTable(request: Request): Promise<readonly string[]> {
  const rows = TABLES[request.name ?? ""];
  if (rows === undefined) throw new Error(`No metadata table ${request.name}`);
  const opened = await openTable(request.metadata);
  const table = request.moved === undefined ? opened : new Table({ ...opened, io: movedIo(request.moved) });
  const out: string[] = [];
  const show = printer(table);
  for await (const row of await rows(table)) out.push(stringifyJson(show(row)));
  return out;
}

/** Milliseconds since the epoch. */
const TIMES = new Set(["committed_at", "made_current_at", "timestamp", "last_updated_at"]);

/** Values whose type only the table knows: partition values and bounds. Everything else is told by its JavaScript type. */
function printer(table: Table): (row: object) => Json {
  const columns = new Map<string, Field>();
  for (const { field, path } of table.schema.places()) columns.set(path, field);
  const parts = new Map(inspect.partitionColumns(table.metadata).map((field) => [field.name, field]));
  const object = (value: object, show: (name: string, member: unknown) => Json): Json =>
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, show(name, member)]));
  const typed = (field: Field, value: unknown) => canonicalJson(field.type, value as Value | null);
  const metrics = (of: object) =>
    object(of, (path, column) =>
      object(column as object, (name, member) =>
        name.endsWith("_bound") ? typed(columns.get(path)!, member) : plain(name, member),
      ),
    );
  const plain = (name: string, member: unknown): Json => {
    if (member === null) return null;
    if (name === "readable_metrics") return metrics(member as object);
    if (name === "partition") {
      return object(member as object, (part, value) => typed(parts.get(part)!, value));
    }
    if (TIMES.has(name))
      return formatTimestamp(BigInt(member as number) * 1000n, { unit: "micros", fraction: "full" });
    if (member instanceof Uint8Array) return toHex(member);
    if (member instanceof Map) {
      return [...member]
        .map(([key, value]): [string | number, Json] => [key as string | number, plain("", value)])
        .sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    }
    if (Array.isArray(member)) return member.map((item) => plain("", item));
    return typeof member === "object" ? object(member, plain) : (member as Json);
  };
  return (row) => object(row, plain);
}

/** Reads files by their name in a folder, wherever they were. */
function movedIo(folder: string): FileIO {
  const refuse = () => Promise.reject(new Error("a moved table is only read"));
  return {
    open: (location) => {
      const bytes = () =>
        new Uint8Array(readFileSync(join(folder, location.slice(location.lastIndexOf("/") + 1))));
      return {
        location,
        size: async () => bytes().length,
        read: async (range) => (range === undefined ? bytes() : bytes().subarray(range.start, range.end)),
      };
    },
    create: refuse,
    delete: refuse,
  };
}
