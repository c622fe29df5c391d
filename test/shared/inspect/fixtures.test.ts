/** Metadata tables of tables that other engines wrote, against the facts recorded of them. @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FileIO, type InputFile, type JsonObject, parseJson } from "../../../src/base/index.ts";
import type { LoadedTable } from "../../../src/catalog/index.ts";
import { readTableDdl } from "../../../src/cli/ddl-read.ts";
import { writeTableDdl } from "../../../src/cli/ddl-write.ts";
import {
  allManifests,
  deleteFiles,
  entries,
  files,
  history,
  manifests,
  metadataLogEntries,
  partitions,
  refs,
  snapshots,
} from "../../../src/inspect/index.ts";
import { parseMetadata } from "../../../src/metadata/index.ts";
import { Table } from "../../../src/table/index.ts";

const FIXTURES = new URL("../../../../shared/fixtures/", import.meta.url).pathname;

interface Facts {
  readonly metadata: string;
  readonly snapshots: number;
  readonly current_snapshot_id: string;
  readonly refs: readonly string[];
  readonly row_count?: number;
  readonly record_count_total?: number;
  readonly live_data_files?: number;
  readonly operations?: readonly string[];
}

const expected = parseJson(readFileSync(join(FIXTURES, "expected.json"), "utf8")) as JsonObject;
const tables = Object.entries(expected.tables as JsonObject) as unknown as [string, Facts][];

/** Files of a table that moved: found by their name below its `metadata` folder. */
function movedIo(folder: string): FileIO {
  const refuse = () => Promise.reject(new Error("fixtures are only read"));
  const open = (location: string): InputFile => {
    const path = join(folder, "metadata", location.slice(location.lastIndexOf("/") + 1));
    const bytes = () => new Uint8Array(readFileSync(path));
    return {
      location,
      size: () => Promise.resolve(bytes().length),
      read: (range) =>
        Promise.resolve(range === undefined ? bytes() : bytes().subarray(range.start, range.end)),
    };
  };
  return { open, create: refuse, delete: refuse };
}

function load(name: string, { metadata }: Facts): LoadedTable {
  const folder = join(FIXTURES, name);
  const path = join(folder, "metadata", metadata);
  return {
    identifier: { namespace: ["fixtures"], name: name.replace("/", "_") },
    metadata: parseMetadata(new Uint8Array(readFileSync(path)), path),
    metadataLocation: path,
    io: movedIo(folder),
  };
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** Its manifest list is not among the fixtures. */
const WITHOUT_LIST = ["duckdb/iceberg_v1_deprecated"];
const readable = tables.filter(([name]) => !WITHOUT_LIST.includes(name));

describe.each(tables)("%s", (name, facts) => {
  const table = load(name, facts);

  test("snapshots, history, refs and the metadata log", () => {
    const rows = snapshots(table);
    expect(rows).toHaveLength(facts.snapshots);
    if (facts.operations !== undefined) {
      expect(rows.map(({ operation }) => operation)).toStrictEqual(facts.operations);
    }
    const names = refs(table).map((ref) => ref.name);
    expect(names.sort()).toStrictEqual(
      facts.refs.length > 0 || facts.snapshots === 0 ? facts.refs : ["main"],
    );
    const log = metadataLogEntries(table);
    expect(log.at(-1)!.file).toBe(table.metadataLocation);
    if (facts.snapshots > 0) {
      expect(history(table).at(-1)).toMatchObject({ is_current_ancestor: true });
      // The log of one table, put together by hand, does not end in the current snapshot.
      const inOrder = history(table).at(-1)!.snapshot_id === table.metadata.currentSnapshotId;
      if (inOrder) expect(log.at(-1)!.latest_snapshot_id).toBe(table.metadata.currentSnapshotId);
    }
  });

  test("the DDL that describes it is read back", () => {
    const { text } = writeTableDdl(new Table(table));
    const { schema, partitionSpec, sortOrder } = readTableDdl(text);
    expect(schema.fields.map((field) => [field.name, field.required, field.doc])).toStrictEqual(
      new Table(table).schema.fields.map((field) => [field.name, field.required, field.doc]),
    );
    const { spec, sortOrder: order } = new Table(table);
    expect(partitionSpec.map(({ transform }) => transform)).toStrictEqual(
      spec.fields.map(({ transform }) => transform).filter(({ kind }) => kind !== "void"),
    );
    expect(sortOrder.map(({ direction }) => direction)).toStrictEqual(
      order.fields.map(({ direction }) => direction),
    );
  });
});

describe.each(readable)("%s", (name, facts) => {
  const table = load(name, facts);

  test("manifests, files, entries and partitions agree with each other and the rows", async () => {
    const found = await all(files(table));
    const data = found.filter(({ content }) => content === 0);
    const rows = data.reduce((sum, { record_count }) => sum + record_count, 0);
    const deletes = await all(deleteFiles(table));
    expect(deletes).toHaveLength(found.length - data.length);
    const count = facts.record_count_total ?? facts.row_count!;
    if (deletes.length === 0) expect(rows).toBe(count);
    else expect(rows).toBeGreaterThanOrEqual(count);
    if (facts.live_data_files !== undefined) expect(data).toHaveLength(facts.live_data_files);
    const live = (await all(entries(table))).filter(({ status }) => status !== 2);
    expect(live.map(({ data_file }) => data_file.file_path).sort()).toStrictEqual(
      found.map(({ file_path }) => file_path).sort(),
    );
    const sums = await partitions(table);
    expect(sums.reduce((sum, { record_count }) => sum + record_count, 0)).toBe(rows);
    expect(
      sums.reduce((sum, row) => sum + row.position_delete_file_count + row.equality_delete_file_count, 0),
    ).toBe(deletes.length);
    for (const { partition_summaries, partition_spec_id } of await all(manifests(table))) {
      const spec = table.metadata.partitionSpecs.find(({ specId }) => specId === partition_spec_id)!;
      expect([0, spec.fields.length]).toContain(partition_summaries.length);
    }
  });
});

describe("what single tables show", () => {
  const open = (name: string) => load(name, Object.fromEntries(tables)[name]!);

  test("hive_partitioned_table: files of two specs share one record", async () => {
    const rows = await all(files(open("duckdb/hive_partitioned_table")));
    expect(new Set(rows.map(({ spec_id }) => spec_id)).size).toBe(2);
    const keys = new Set(rows.map(({ partition }) => Object.keys(partition).join()));
    expect(keys.size).toBe(1);
    expect(rows.some(({ partition }) => Object.values(partition).includes(null))).toBe(true);
  });

  test("v3_deletion_vectors: the vector is a delete file of Puffin", async () => {
    const [vector] = await all(deleteFiles(open("impala/v3_deletion_vectors")));
    expect(vector).toMatchObject({ content: 1, file_format: "PUFFIN" });
  });

  test("equality_deletes: their ids are told", async () => {
    const rows = await all(deleteFiles(open("duckdb/equality_deletes")));
    const equality = rows.filter(({ content }) => content === 2);
    expect(equality.length).toBeGreaterThan(0);
    for (const { equality_ids } of equality) expect(equality_ids!.length).toBeGreaterThan(0);
  });

  test("allManifests needs every list a snapshot names", async () => {
    const table = open("pyiceberg/upsert");
    const rows = await all(allManifests(table));
    expect(new Set(rows.map(({ reference_snapshot_id }) => reference_snapshot_id)).size).toBe(4);
  });
});
