/**
 * Tables that Iceberg's Java library wrote: row-level deletes of all three kinds, schema evolution and defaults. Every
 * engine must read what is left, or say that it cannot; we are asked everything, for the others are only witnesses.
 * @module
 */
import { join } from "node:path";
import type { Engine, Feature } from "../harness/engine.ts";
import { judge, judgeRows } from "../harness/judge.ts";
import { asLocation, asPath } from "../harness/places.ts";
import { forEachEngine, type Suite, type SuiteContext } from "../harness/suite.ts";
import { readTable } from "../harness/table-metadata.ts";

/** Operations of the oracle after `create`, and the rows that must be left, as canonical JSON. */
export interface JavaTable {
  readonly name: string;
  readonly fields: readonly unknown[];
  readonly spec?: unknown;
  readonly version?: number;
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly rows: readonly unknown[];
  readonly features?: readonly Feature[];
}

export const JAVA_TABLES: Suite = {
  name: "java-tables",
  purpose: "tables with deletes, evolution and defaults that Iceberg Java wrote are read or refused by name",
  stage: "medium",
  run: async (context) => {
    const java = await context.engine("java");
    for (const wanted of javaTables()) await judgeJavaTable(context, java, wanted);
  },
};

async function judgeJavaTable(context: SuiteContext, java: Engine, wanted: JavaTable): Promise<void> {
  let metadata = "";
  const done = await context.check(wanted.name, "java", "is written", async () => {
    metadata = await writeJavaTable(context.folder, java, wanted);
  });
  if (!done) return;
  const table = readTable(metadata);
  const expected = { from: "rows left", rows: wanted.rows.map((row) => JSON.stringify(row)) };
  const features = new Set(wanted.features ?? []);
  const subject = { name: wanted.name, table, expected, features };
  await forEachEngine(context, (engine) =>
    engine.name === "icewright" ? judge(context, engine, subject) : judgeRows(context, engine, subject),
  );
}

/** Has Java write a table; answers its metadata location. */
export async function writeJavaTable(folder: string, java: Engine, wanted: JavaTable): Promise<string> {
  const dir = `file://${join(folder, wanted.name)}`;
  const schema = { type: "struct", "schema-id": 0, fields: wanted.fields };
  const spec = wanted.spec ?? null;
  let reply = await java.call("create", { dir, schema, spec, version: String(wanted.version ?? 2) });
  for (const step of wanted.steps) reply = await java.call(String(step.op), { ...step, dir });
  // Hadoop prints file:/x, which only Hadoop takes for a location
  return asLocation(asPath(String(reply.fields.metadata)));
}

/** Every table of the suite. */
export function javaTables(): readonly JavaTable[] {
  return TABLES;
}

const field = (id: number, name: string, type: unknown, required = false) => ({ id, name, required, type });
const ID_NAME = [field(1, "id", "long"), field(2, "name", "string")];
const BY_NAME = {
  "spec-id": 0,
  fields: [{ "source-id": 2, "field-id": 1000, name: "name", transform: "identity" }],
};

function rows(from: number, to: number, name = "n"): { id: number; name: string }[] {
  return Array.from({ length: to - from }, (_, i) => ({ id: from + i, name: `${name}${from + i}` }));
}

const is = (column: string, ...literals: string[]) => ({ op: "in", column, literals });

const TABLES: readonly JavaTable[] = [
  {
    name: "appended",
    fields: ID_NAME,
    spec: BY_NAME,
    steps: [
      { op: "append", rows: rows(0, 5) },
      { op: "append", rows: [...rows(3, 8), { id: null, name: null }] },
    ],
    rows: [...rows(0, 5), ...rows(3, 8), { id: null, name: null }],
  },
  {
    name: "eq_basic",
    fields: ID_NAME,
    steps: [
      { op: "append", rows: rows(1, 5) },
      { op: "eq-delete", columns: ["id"], rows: [{ id: 2 }] },
    ],
    rows: [...rows(1, 2), ...rows(3, 5)],
    features: ["equality-deletes"],
  },
  {
    name: "eq_sequence",
    fields: ID_NAME,
    steps: [
      { op: "append", rows: rows(1, 4) },
      { op: "eq-delete", columns: ["id"], rows: [{ id: 2 }] },
      { op: "append", rows: rows(2, 3, "later") },
    ],
    rows: [...rows(1, 2), ...rows(3, 4), ...rows(2, 3, "later")],
    features: ["equality-deletes"],
  },
  {
    name: "eq_nulls",
    fields: ID_NAME,
    steps: [
      {
        op: "append",
        rows: [
          { id: 1, name: null },
          { id: 1, name: "x" },
          { id: null, name: null },
          { id: 2, name: null },
        ],
      },
      {
        op: "eq-delete",
        columns: ["id", "name"],
        rows: [
          { id: 1, name: null },
          { id: null, name: null },
        ],
      },
    ],
    rows: [
      { id: 1, name: "x" },
      { id: 2, name: null },
    ],
    features: ["equality-deletes"],
  },
  {
    name: "eq_partition",
    fields: ID_NAME,
    spec: BY_NAME,
    steps: [
      {
        op: "append",
        rows: [
          { id: 1, name: "a" },
          { id: 1, name: "b" },
          { id: 2, name: "a" },
        ],
      },
      { op: "eq-delete", columns: ["id"], rows: [{ id: 1 }], partitionRow: { id: 1, name: "a" } },
    ],
    rows: [
      { id: 1, name: "b" },
      { id: 2, name: "a" },
    ],
    features: ["equality-deletes"],
  },
  {
    name: "positions_v2",
    fields: ID_NAME,
    steps: [
      { op: "append", rows: rows(0, 10) },
      { op: "append", rows: rows(10, 20) },
      { op: "pos-delete", filter: is("id", "0", "9", "13") },
      { op: "pos-delete", filter: is("id", "5") },
    ],
    rows: [...rows(1, 5), ...rows(6, 9), ...rows(10, 13), ...rows(14, 20)],
    features: ["position-deletes"],
  },
  {
    name: "vectors_v3",
    fields: ID_NAME,
    version: 3,
    steps: [
      { op: "append", rows: rows(0, 10) },
      { op: "append", rows: rows(10, 20) },
      { op: "dv", filter: is("id", "0", "9", "13") },
      { op: "dv", filter: is("id", "5") },
    ],
    rows: [...rows(1, 5), ...rows(6, 9), ...rows(10, 13), ...rows(14, 20)],
    features: ["deletion-vectors"],
  },
  {
    name: "evolved",
    fields: [
      field(1, "a", "int"),
      field(2, "b", "float"),
      field(3, "c", "string"),
      field(4, "d", "decimal(5, 2)"),
    ],
    steps: [
      { op: "append", rows: [{ a: 1, b: 0.5, c: "gone", d: "1.50" }] },
      {
        op: "evolve",
        changes: [
          { widen: ["a", "long"] },
          { widen: ["b", "double"] },
          { widen: ["d", "decimal(12, 2)"] },
          { drop: "c" },
        ],
      },
      { op: "evolve", changes: [{ rename: ["a", "z"] }, { add: { name: "c", type: "string" } }] },
      { op: "append", rows: [{ z: "1099511627776", b: 1e300, c: "new", d: "1234567890.12" }] },
    ],
    rows: [
      { z: 1, b: 0.5, c: null, d: "1.50" },
      { z: 1099511627776, b: 1e300, c: "new", d: "1234567890.12" },
    ],
  },
  {
    name: "defaults_v3",
    fields: ID_NAME,
    version: 3,
    steps: [
      { op: "append", rows: rows(0, 2) },
      {
        op: "evolve",
        changes: [
          { add: { name: "level", type: "int", default: 7 } },
          { add: { name: "day", type: "date", default: "2024-02-29" } },
        ],
      },
      { op: "append", rows: [{ id: 2, name: "n2", level: 9, day: null }] },
    ],
    rows: [
      ...rows(0, 2).map((row) => ({ ...row, level: 7, day: "2024-02-29" })),
      { id: 2, name: "n2", level: 9, day: null },
    ],
  },
];
