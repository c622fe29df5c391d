/** What stands for columns that a file lacks (SCH-075, SCH-076). */
import { expect, it } from "vitest";
import type { DataFile } from "../../../src/manifests/index.ts";
import { type PartitionSpec, parseTransform } from "../../../src/partitioning/index.ts";
import { absentValue } from "../../../src/reading/absent-columns.ts";
import { type Field, simpleType } from "../../../src/schema/index.ts";

const column: Field = { id: 1, name: "c", required: false, type: simpleType("int"), initialDefault: 7 };
const by = (transform: string): PartitionSpec => ({
  specId: 0,
  fields: [{ sourceId: 1, fieldId: 1000, name: "p", transform: parseTransform(transform) }],
});
const file = (value: number | null) => ({ filePath: "f.parquet", partition: [value] }) as unknown as DataFile;

it.each([
  ["identity", 20, 20],
  // Null is told as well.
  ["identity", null, null],
  ["truncate[10]", 20, 7],
  ["bucket[4]", 3, 7],
  ["void", null, 7],
] as const)("a partition by %s with %s gives %s", (transform, partition, expected) => {
  expect(absentValue(column, file(partition), by(transform))).toBe(expected);
});
