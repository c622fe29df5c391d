/** What tests say of tables they wrote: the spec linter finds nothing wrong. @module */
import { expect } from "vitest";
import { type Finding, type LintOptions, lintTable, type ReadFile } from "./lint.ts";

/** The part of a table, or of what a catalog loads, that the linter needs. */
export interface LintableTable {
  readonly metadataLocation: string;
}

/** Anything that opens files by location: a `FileIO`. */
interface Files {
  open(location: string): { read(): Promise<Uint8Array> };
}

/** Reads through a `FileIO`, such as that of tables in memory. */
export function readThrough(io: Files): ReadFile {
  return (location) => io.open(location).read();
}

/**
 * Expects a table, with all of its snapshots, to break no rule. `io` serves tables that are not on the local disk.
 *
 * @example
 * await expectLintClean(table, io);
 * await expectLintClean(tableOfMadeUpFiles, io, { dataFiles: false });
 */
export async function expectLintClean(
  table: LintableTable,
  io?: Files,
  options: Pick<LintOptions, "dataFiles"> = {},
): Promise<void> {
  const reading = io === undefined ? options : { ...options, readFile: readThrough(io) };
  const findings = await lintTable(table.metadataLocation, reading);
  expect(findings.map(text)).toEqual([]);
}

function text({ rule, file, message }: Finding): string {
  return `${rule}: ${message} (${file.slice(file.lastIndexOf("/") + 1)})`;
}
