/**
 * Set-up file of `npm run test:linted`: whatever a test commits through a catalog of ours is held against the spec
 * linter when the test ends. Tables whose data files are made up are looked at without them, and `SPOILED` names the
 * tests that break a table on purpose; tables that are gone by then (dropped, or on a store that fails) are counted.
 * @module
 */
import { appendFileSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, expect, type TestContext } from "vitest";
import type { CatalogClient, LoadedTable } from "../../src/catalog/index.ts";
import type { Finding } from "./lint.ts";
import { SPOILED } from "./spoiled.ts";

/** The newest version of each table that was committed since the last test ended. */
const committed = new Map<string, LoadedTable>();

// Only when the test file is loaded, so that what it mocks is mocked here too.
beforeAll(async () => {
  const { MemoryCatalogClient } = await import("../../src/catalog/memory-catalog.ts");
  const { FileCatalogClient } = await import("../../src/catalog/node-file-catalog.ts");
  for (const { prototype } of [MemoryCatalogClient, FileCatalogClient]) watch(prototype);
});

function watch(client: CatalogClient): void {
  const { createTable, commitTable } = client;
  client.createTable = async function (...args) {
    const table = await createTable.apply(this, args);
    note(table);
    return table;
  };
  client.commitTable = async function (...args) {
    const outcome = await commitTable.apply(this, args);
    if (outcome.kind === "committed") note(outcome.table);
    return outcome;
  };
}

function note(table: LoadedTable): void {
  committed.set(table.metadata.tableUuid ?? table.metadataLocation, table);
}

afterEach(async (context: TestContext) => {
  const tables = [...committed.values()];
  committed.clear();
  const title = `${context.task.file.name} > ${context.task.name}`;
  if (SPOILED.some(({ test }) => title.includes(test))) return tally("spoiled", tables.length);
  for (const table of tables) await lint(table);
}, 120_000);

async function lint({ metadata, metadataLocation, io }: LoadedTable): Promise<void> {
  const { lintTable } = await import("./lint.ts");
  const { location } = metadata;
  // On a disk whatever version is the newest: another process may have gone on.
  const isLocal = location.startsWith("file:");
  const what = isLocal ? fileURLToPath(location) : metadataLocation;
  const isThere = isLocal
    ? existsSync(what)
    : await io
        .open(what)
        .read()
        .then(Boolean, () => false);
  if (!isThere) return tally("gone", 1);
  const reading = isLocal ? {} : { readFile: (file: string) => io.open(file).read() };
  const whole = await lintTable(what, reading);
  const isMadeUp = whole.some(({ rule }) => rule === "file-readable");
  const findings = isMadeUp ? await lintTable(what, { ...reading, dataFiles: false }) : whole;
  tally(isMadeUp ? "made-up files" : "whole", 1);
  expect(findings.map(text), `the linter on ${location}`).toEqual([]);
}

function text({ rule, file, message }: Finding): string {
  return `${rule}: ${message} (${file.slice(file.lastIndexOf("/") + 1)})`;
}

/** One line per table, for the count at the end of the run. */
function tally(kind: string, count: number): void {
  const file = process.env.ICEWRIGHT_LINTED;
  if (file !== undefined) appendFileSync(file, `${kind}\n`.repeat(count));
}
