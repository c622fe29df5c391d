/**
 * The reference REST catalog itself: starts, keeps tables over a restart, stops. Suites of a REST client of ours use
 * the same helper.
 * @module
 */
import { judgeRows } from "../harness/judge.ts";
import { asLocation, asPath } from "../harness/places.ts";
import { startRestServer } from "../harness/rest-server.ts";
import { assertEqual, assertThrows, forEachEngine, type Suite } from "../harness/suite.ts";
import { readTable } from "../harness/table-metadata.ts";

const FIELDS = [
  { id: 1, name: "id", required: false, type: "long" },
  { id: 2, name: "name", required: false, type: "string" },
];

export const REST_SERVER: Suite = {
  name: "rest-server",
  purpose: "the reference REST catalog starts, keeps its tables over a restart, and stops",
  stage: "medium",
  run: async (context) => {
    const java = await context.engine("java");
    const { folder } = context;
    const rows = [
      { id: 1, name: "a" },
      { id: 2, name: null },
    ];
    let metadata = "";
    await context.check("reference server", "java", "a table is made and filled through it", async () => {
      const server = await startRestServer({ folder });
      try {
        const at = { rest: server.uri, table: "ns.t" };
        await java.call("create", { ...at, schema: { type: "struct", "schema-id": 0, fields: FIELDS } });
        const reply = await java.call("append", { ...at, rows });
        metadata = asLocation(asPath(String(reply.fields.metadata)));
      } finally {
        await server.close();
      }
      await assertThrows(() => fetch(`${server.uri}/v1/config`), /fetch failed/);
    });
    await context.check("reference server", "java", "a second start finds the table", async () => {
      const server = await startRestServer({ folder });
      try {
        const reply = await fetch(`${server.uri}/v1/namespaces/ns/tables/t`);
        const loaded = (await reply.json()) as { "metadata-location": string };
        assertEqual(asLocation(asPath(loaded["metadata-location"])), metadata, "metadata-location");
      } finally {
        await server.close();
      }
    });
    if (metadata === "") return;
    const table = readTable(metadata);
    const expected = { from: "rows given", rows: rows.map((row) => JSON.stringify(row)) };
    await forEachEngine(context, (engine) =>
      judgeRows(context, engine, { name: "ns.t", table, expected, features: new Set() }),
    );
  },
};
