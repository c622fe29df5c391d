/**
 * One table with two writers, one after the other: icewright appends, Java appends and deletes through Hadoop's commit
 * protocol, and Java validates every snapshot, manifest and file on the way.
 * @module
 */
import { fileCatalog } from "../../../src/node.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import type { Feature } from "../harness/engine.ts";
import { judge } from "../harness/judge.ts";
import { forEachEngine, type Suite } from "../harness/suite.ts";
import { findTables, newestMetadata, readTable } from "../harness/table-metadata.ts";

export const ALTERNATING: Suite = {
  name: "alternating",
  purpose: "Java appends to a table of ours, we append again, and Java finds every snapshot sound",
  stage: "medium",
  run: async (context) => {
    const java = await context.engine("java");
    const catalog = fileCatalog(context.folder, { writeForeignTables: true });
    await catalog.ensureNamespace("ns");
    const schema = defineSchema({
      id: required(t.long()),
      name: optional(t.string()),
      at: optional(t.timestamptz()),
    });
    const rows: string[] = [];
    for (const formatVersion of [1, 2, 3] as const) {
      const name = `taken_over_v${formatVersion}`;
      const created = await catalog.createTable(["ns", name], schema, { formatVersion });
      const dir = created.location;
      rows.length = 0;
      await context.check(name, "java", "both writers append three times", async () => {
        for (let turn = 0; turn < 3; turn++) {
          const ours = { id: BigInt(turn), name: `ours ${turn}`, at: "2024-01-01T00:00:00.000001Z" };
          const table = await catalog.loadTable(["ns", name]);
          await table.append([ours]);
          rows.push(`{"id":${turn},"name":"ours ${turn}","at":"2024-01-01T00:00:00.000001Z"}`);
          const theirs = { id: 100 + turn, name: null, at: "1969-12-31T23:59:59.999999Z" };
          await java.call("append", { dir, rows: [theirs] });
          rows.push(JSON.stringify(theirs));
        }
      });
      const place = findTables(context.folder).find((folder) => folder.endsWith(name))!;
      const table = readTable(newestMetadata(place)!);
      const expected = { from: "rows of both writers", rows: [...rows] };
      const subject = { name, table, expected, features: new Set<Feature>() };
      await forEachEngine(context, (engine) => judge(context, engine, subject));
    }
  },
};
