/**
 * The harness must be able to fail: tables of ours are damaged in known ways, and every engine has to report it, by an
 * error or by rows that differ. A judge that passes here would pass anything.
 * @module
 */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileCatalog } from "../../../src/node.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { assertSameRows } from "../harness/compare.ts";
import { asPath } from "../harness/places.ts";
import { assertThrows, forEachEngine, type Suite } from "../harness/suite.ts";
import { readTable } from "../harness/table-metadata.ts";

const ROWS = Array.from({ length: 40 }, (_, n) => ({ id: BigInt(n), name: `name ${n}` }));

export const SABOTAGE: Suite = {
  name: "sabotage",
  purpose: "damaged tables are reported by every engine",
  stage: "fast",
  run: async (context) => {
    const catalog = fileCatalog(context.folder);
    await catalog.ensureNamespace("ns");
    const schema = defineSchema({ id: required(t.long()), name: required(t.string()) });
    for (const [name, damage] of Object.entries(DAMAGES)) {
      let table = await catalog.createTable(["ns", name], schema);
      ({ table } = await table.append(ROWS.slice(0, 20)));
      ({ table } = await table.append(ROWS.slice(20)));
      const folder = asPath(table.location);
      const metadata = table.metadataLocation;
      const facts = readTable(metadata);
      damage(folder, asPath(metadata));
      const expected = {
        from: "rows given",
        rows: ROWS.map(({ id, name: text }) => `{"id":${id},"name":"${text}"}`),
      };
      await forEachEngine(context, (engine) =>
        context.check(name, engine.name, "is reported", () =>
          assertThrows(async () => {
            const actual = { from: engine.name, rows: await engine.scan({ metadata }) };
            assertSameRows(actual, expected, facts.schema);
          }, /./),
        ),
      );
    }
  },
};

/** Each damages the table in `folder`, whose current metadata file is `metadata`. */
const DAMAGES: Readonly<Record<string, (folder: string, metadata: string) => void>> = {
  data_file_missing: (folder) => rmSync(first(join(folder, "data"), ".parquet")),
  data_file_cut: (folder) => truncateSync(first(join(folder, "data"), ".parquet"), 100),
  manifest_missing: (folder) => rmSync(first(join(folder, "metadata"), "-m0.avro")),
  older_snapshot: (_folder, metadata) => {
    const text = readFileSync(metadata, "utf8");
    const ids = [...text.matchAll(/"snapshot-id":\s*(\d+)/g)].map((match) => match[1]!);
    const current = /"current-snapshot-id":\s*(\d+)/.exec(text)![1]!;
    const older = ids.find((id) => id !== current)!;
    // The main branch names the snapshot too, and readers may trust either
    writeFileSync(metadata, pointTo(text, older));
  },
  column_renamed: (_folder, metadata) => {
    writeFileSync(metadata, readFileSync(metadata, "utf8").replace(/"name":\s*"name"/, '"name":"other"'));
  },
};

function pointTo(text: string, snapshot: string): string {
  return text
    .replace(/("current-snapshot-id":\s*)\d+/, `$1${snapshot}`)
    .replace(/("main":\s*\{[^}]*"snapshot-id":\s*)\d+/, `$1${snapshot}`);
}

function first(folder: string, ending: string): string {
  const name = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((found) => found.endsWith(ending))
    .sort()[0];
  if (name === undefined) throw new Error(`${folder} has no file ${ending}`);
  return join(folder, name);
}
