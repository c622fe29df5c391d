/**
 * Rows after any mix of appends, position delete files, deletion vectors, equality deletes and schema changes, against
 * a model that deletes rows one by one (P30, P31), and what stays the same whatever is pruned (P54).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../src/base/index.ts";
import {
  DELETE_PATH_ID,
  DELETE_POSITION_ID,
  deletionVectorBlob,
  deletionVectorFile,
  PositionBitmap,
  writePuffin,
} from "../../src/deletes/index.ts";
import {
  and,
  Catalog,
  defineSchema,
  type Expression,
  eq,
  identity,
  isNull,
  lt,
  MemoryCatalogClient,
  optional,
  or,
  required,
  type Table,
  t,
} from "../../src/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import { createParquetEncoder } from "../../src/parquet/index.ts";
import { type Field, Schema, simpleType, type Value } from "../../src/schema/index.ts";

type Cells = ReadonlyMap<number, Value | null>;

/** One live row of the model. */
interface ModelRow {
  readonly cells: Cells;
  readonly file: DataFile;
  readonly position: number;
}

const ID = 1;
const NAME = 2;
const X = 3;
const P = 4;

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3, nil: null });
const arbitraryRow = fc.record({
  id: fc.integer({ min: 0, max: 5 }),
  name: some(fc.constantFrom("a", "b", "c")),
  x: some(fc.constantFrom(0n, -1n, 2n ** 60n)),
  p: some(fc.constantFrom("p", "q")),
});
type RowPlan = typeof arbitraryRow extends fc.Arbitrary<infer R> ? R : never;

const keySets = [[ID], [NAME], [X], [ID, NAME], [NAME, X], [ID, P]] as const;
const rows = fc.array(arbitraryRow, { minLength: 1, maxLength: 8 });
const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 5 });
const command = fc.oneof(
  fc.record({ do: fc.constant("append" as const), rows }),
  fc.record({ do: fc.constant("positions" as const), picks, named: fc.boolean() }),
  fc.record({ do: fc.constant("vector" as const), picks }),
  fc.record({
    do: fc.constant("equality" as const),
    keys: fc.array(arbitraryRow, { minLength: 1, maxLength: 3 }),
    columns: fc.constantFrom(...keySets),
    scope: fc.constantFrom("global" as const, "p" as const, "q" as const, null),
    /** Rows added by the same commit, which its equality deletes are not about. */
    beside: fc.array(arbitraryRow, { maxLength: 3 }),
  }),
  fc.record({
    do: fc.constant("change" as const),
    what: fc.constantFrom("promote" as const, "drop" as const, "add" as const, "rename" as const),
  }),
);

/** A table and what it should hold. */
class Pair {
  private table: Table;
  private live: ModelRow[] = [];
  private fileCount = 0;
  private readonly vectors = new Map<string, { file: DataFile; positions: PositionBitmap }>();
  /** Columns there are, and defaults of those added later. */
  private readonly columns = new Map<number, { name: string; initial: Value | null }>();
  private isLong = false;
  private readonly version: 2 | 3;

  constructor(table: Table, version: 2 | 3) {
    this.table = table;
    this.version = version;
    for (const { id, name } of table.schema.fields) this.columns.set(id, { name, initial: null });
  }

  static async create(version: 2 | 3): Promise<Pair> {
    const catalog = new Catalog(new MemoryCatalogClient());
    await catalog.ensureNamespace("ns");
    const schema = defineSchema({
      id: required(t.int()),
      name: optional(t.string()),
      x: optional(t.timestamp()),
      p: optional(t.string()),
    });
    let table = (await catalog.createTable("ns.t", schema, { formatVersion: version })) as unknown as Table;
    ({ table } = await table.updateSpec((update) => update.addField(identity("p"))));
    return new Pair(table, version);
  }

  async run(step: typeof command extends fc.Arbitrary<infer C> ? C : never): Promise<void> {
    switch (step.do) {
      case "append":
        return this.commit({ addedData: await this.dataFiles(step.rows) });
      case "positions":
        // Version 3 writes deletion vectors alone.
        return this.version === 2
          ? this.deletePositions(step.picks, step.named)
          : this.deleteByVector(step.picks);
      case "vector":
        return this.version === 3 ? this.deleteByVector(step.picks) : this.deletePositions(step.picks, true);
      case "equality":
        return this.deleteEqual(step.keys, step.columns, step.scope, step.beside);
      case "change":
        return this.change(step.what);
    }
  }

  /** The rows of the model as the table shows them, and the table's own. */
  async check(filter?: {
    readonly expression: Expression;
    readonly test: (row: Record<string, unknown>) => boolean;
  }) {
    const shown = this.live.map(({ cells, file, position }) => ({
      ...Object.fromEntries(
        [...this.columns].map(([id, { name, initial }]) => [
          name,
          shownValue(cells, id, initial, this.isLong),
        ]),
      ),
      _file: file.filePath,
      _pos: BigInt(position),
    }));
    const expected = filter === undefined ? shown : shown.filter(filter.test);
    const select = [...[...this.columns.values()].map(({ name }) => name), "_file", "_pos"] as never;
    const scan = this.table.scan({ select, batchSize: 3, ...(filter && { filter: filter.expression }) });
    const found = (await scan.toArray()) as Record<string, unknown>[];
    expect(sorted(found)).toEqual(sorted(expected));
    if (filter === undefined) {
      expect(await this.table.scan().count()).toBe(expected.length);
      const kept = (await this.table.scan({ select: ["_deleted", "_file"] as never }).toArray()) as {
        _deleted: boolean;
      }[];
      expect(kept.filter(({ _deleted }) => !_deleted).length).toBe(expected.length);
    }
  }

  private async commit(delta: {
    addedData?: DataFile[];
    addedDeletes?: DataFile[];
    removedDeletes?: DataFile[];
  }) {
    ({ table: this.table } = await this.table.newTransaction().rowDelta(delta).commit());
  }

  /** Writes rows by partition under the present spec, and adds them to the model. */
  private async dataFiles(plans: readonly RowPlan[]): Promise<DataFile[]> {
    const files: DataFile[] = [];
    for (const p of ["p", "q", null]) {
      const own = plans.filter((plan) => plan.p === p);
      if (own.length === 0) continue;
      const { fields } = this.table.schema;
      const held = own.map((plan) =>
        Object.fromEntries(fields.map(({ id, name }) => [name, this.cellOf(plan, id)])),
      );
      const file = await this.write(new Schema(fields), held, {
        content: "data",
        specId: this.table.spec.specId,
        partition: [p],
      });
      files.push(file);
      own.forEach((plan, position) => {
        const cells = new Map(fields.map(({ id }) => [id, this.cellOf(plan, id)]));
        this.live.push({ cells, file, position });
      });
    }
    return files;
  }

  private cellOf({ id: number, name, x, p }: RowPlan, id: number): Value | null {
    const id1 = this.isLong ? BigInt(number) : number;
    return (
      new Map<number, Value | null>([
        [ID, id1],
        [NAME, name],
        [X, x],
        [P, p],
      ]).get(id) ?? null
    );
  }

  private async write(
    schema: Schema,
    held: readonly Record<string, unknown>[],
    facts: Pick<DataFile, "content" | "specId" | "partition"> & Partial<DataFile>,
  ): Promise<DataFile> {
    // Small groups and pages, so that there is something to prune.
    const encoder = createParquetEncoder(schema, { rowGroupRows: 3, pageRows: 2, codec: "uncompressed" });
    encoder.appendRows(held);
    const early = encoder.flush();
    const { chunks, metrics, recordCount, fileSizeInBytes, splitOffsets } = encoder.finish();
    const filePath = `${this.table.location}/data/${this.fileCount++}.parquet`;
    await this.table.io.create(filePath, concatBytes([...early, ...chunks]));
    return {
      filePath,
      fileFormat: "parquet",
      recordCount,
      fileSizeInBytes,
      splitOffsets,
      ...metrics,
      ...facts,
    };
  }

  private chosen(choices: readonly number[]): ModelRow[] {
    const { live } = this;
    return live.length === 0 ? [] : [...new Set(choices.map((pick) => live[pick % live.length]!))];
  }

  private async deletePositions(choices: readonly number[], named: boolean): Promise<void> {
    const gone = this.chosen(choices);
    const groups = grouped(gone, ({ file }) => (named ? file.filePath : `${file.specId} ${file.partition}`));
    const addedDeletes: DataFile[] = [];
    for (const group of groups.values()) {
      const [{ file }] = group as [ModelRow];
      const held = group
        .map((row) => ({ file_path: row.file.filePath, pos: BigInt(row.position) }))
        .sort((a, b) =>
          a.file_path < b.file_path ? -1 : a.file_path > b.file_path ? 1 : Number(a.pos - b.pos),
        );
      // Rows about files that do not exist are about nothing (SCN-066).
      if (!named) held.push({ file_path: "zzz", pos: 0n });
      addedDeletes.push(
        await this.write(new Schema(POSITION_FIELDS), held, {
          content: "position-deletes",
          specId: file.specId,
          partition: file.partition,
          ...(named && { referencedDataFile: file.filePath }),
        }),
      );
    }
    if (addedDeletes.length === 0) return;
    await this.commit({ addedDeletes });
    this.live = this.live.filter((row) => !gone.includes(row));
  }

  private async deleteByVector(choices: readonly number[]): Promise<void> {
    const gone = this.chosen(choices);
    const addedDeletes: DataFile[] = [];
    const removedDeletes: DataFile[] = [];
    for (const group of grouped(gone, ({ file }) => file.filePath).values()) {
      const [{ file }] = group as [ModelRow];
      const before = this.vectors.get(file.filePath);
      const positions = PositionBitmap.of(group.map(({ position }) => position)).union(
        before?.positions ?? new PositionBitmap(),
      );
      const written = writePuffin({ blobs: [deletionVectorBlob(positions, file.filePath)] });
      const filePath = `${this.table.location}/data/${this.fileCount++}.puffin`;
      await this.table.io.create(filePath, written.bytes);
      const { specId, partition } = file;
      const vector = deletionVectorFile(written.blobs[0]!, written, { filePath, specId, partition });
      addedDeletes.push(vector);
      if (before !== undefined) removedDeletes.push(before.file);
      this.vectors.set(file.filePath, { file: vector, positions });
    }
    if (addedDeletes.length === 0) return;
    await this.commit({ addedDeletes, removedDeletes });
    this.live = this.live.filter((row) => !gone.includes(row));
  }

  private async deleteEqual(
    keys: readonly RowPlan[],
    columns: readonly number[],
    scope: "global" | "p" | "q" | null,
    beside: readonly RowPlan[],
  ): Promise<void> {
    const fields = this.table.schema.fields.filter(({ id }) => columns.includes(id));
    if (fields.length === 0) return;
    const ids = fields.map(({ id }) => id);
    const held = keys.map((plan) =>
      Object.fromEntries(fields.map(({ id, name }) => [name, this.cellOf(plan, id)])),
    );
    const file = await this.write(new Schema(fields), held, {
      content: "equality-deletes",
      equalityIds: ids,
      ...(scope === "global"
        ? { specId: 0, partition: [] }
        : { specId: this.table.spec.specId, partition: [scope] }),
    });
    const before = [...this.live];
    const addedData = await this.dataFiles(beside);
    const added = this.live.slice(before.length);
    await this.commit({ addedDeletes: [file], ...(addedData.length > 0 && { addedData }) });
    const isGone = (row: ModelRow) =>
      (scope === "global" || row.file.partition[0] === scope) &&
      keys.some((key) => ids.every((id) => sameCell(this.cellOf(key, id), this.valueOf(row.cells, id))));
    this.live = [...before.filter((row) => !isGone(row)), ...added];
  }

  private valueOf(cells: Cells, id: number): Value | null {
    const value = cells.has(id) ? cells.get(id)! : (this.columns.get(id)?.initial ?? null);
    return id === ID && this.isLong && typeof value === "number" ? BigInt(value) : value;
  }

  private async change(what: "promote" | "drop" | "add" | "rename"): Promise<void> {
    const { columns } = this;
    switch (what) {
      case "promote":
        if (this.isLong) return;
        ({ table: this.table } = await this.table.updateSchema((u) =>
          u.updateColumn("id", { type: t.long() }),
        ));
        this.isLong = true;
        return;
      case "drop":
        if (!columns.has(NAME)) return;
        ({ table: this.table } = await this.table.updateSchema((u) =>
          u.deleteColumn(columns.get(NAME)!.name),
        ));
        columns.delete(NAME);
        return;
      case "rename": {
        const x = columns.get(X)!;
        const to = x.name === "x" ? "renamed" : "x";
        ({ table: this.table } = await this.table.updateSchema((u) => u.renameColumn(x.name, to)));
        columns.set(X, { ...x, name: to });
        return;
      }
      case "add": {
        const name = `added${this.table.metadata.lastColumnId + 1}`;
        const options = this.version === 3 ? { default: "new" } : {};
        ({ table: this.table } = await this.table.updateSchema((u) =>
          u.addColumn(name, t.string(), options),
        ));
        const added = this.table.schema.fields.find((field) => field.name === name)!;
        columns.set(added.id, { name, initial: this.version === 3 ? "new" : null });
      }
    }
  }
}

const POSITION_FIELDS: readonly Field[] = [
  { id: DELETE_PATH_ID, name: "file_path", required: true, type: simpleType("string") },
  { id: DELETE_POSITION_ID, name: "pos", required: true, type: simpleType("long") },
];

function grouped(all: readonly ModelRow[], keyOf: (row: ModelRow) => string): Map<string, ModelRow[]> {
  const groups = new Map<string, ModelRow[]>();
  for (const row of all) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

/** Two nulls are equal. */
function sameCell(a: Value | null, b: Value | null): boolean {
  return Object.is(a, b);
}

function shownValue(cells: Cells, id: number, initial: Value | null, isLong: boolean): Value | null {
  const value = cells.has(id) ? cells.get(id)! : initial;
  return id === ID && isLong && typeof value === "number" ? BigInt(value) : value;
}

function sorted(all: readonly Record<string, unknown>[]): unknown[] {
  const key = (row: Record<string, unknown>) => `${String(row._file)} ${String(row._pos).padStart(9)}`;
  return [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1)).map((row) => Object.entries(row).sort());
}

describe("a table of any mix of deletes", () => {
  it.each([2, 3] as const)(
    "has the rows of the model, version %d (P30, SCN-053 to SCN-067)",
    async (version) => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 8 }), rows, async (steps, first) => {
          const pair = await Pair.create(version);
          await pair.run({ do: "append", rows: first });
          for (const step of steps) await pair.run(step);
          await pair.check();
          // Pruned reading deletes the same rows, and `_pos` stays the place in the file (P31, P54).
          await pair.check({
            expression: or(lt("id", 2), isNull("p")),
            test: (row) => Number(row.id) < 2 || row.p === null,
          });
          await pair.check({
            expression: and(eq("id", 3), eq("p", "q")),
            test: (row) => Number(row.id) === 3 && row.p === "q",
          });
        }),
        { numRuns: 15 },
      );
    },
  );
});
