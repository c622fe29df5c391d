/**
 * Breaks the code behind 30 MUSTs of the specification, one by one, in a private copy, and looks whether a test turns
 * red: `node test/mutation/break-must.mjs [--only ID]`. Ends with 1 when fewer than 27 do, or when a list entry no
 * longer fits the code. Takes some minutes; the project itself is left alone.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Requirement, what is broken, file below src/, text that stands there once, what replaces it, tests below test/. */
const BREAKS = [
  [
    "SCH-015",
    "duplicate ids pass",
    "schema/schema.ts",
    "if (this.byId.has(field.id)) {",
    "if (this.byId.size < 0) {",
    "unit/schema",
  ],
  [
    "SCH-032",
    "doubles identify rows",
    "schema/schema.ts",
    'if (kind === "float" || kind === "double") throw',
    'if (kind === "float") throw',
    "unit/schema",
  ],
  [
    "SCH-055",
    "ints are read big-endian",
    "values/binary.ts",
    "return viewOf(expect(type, bytes, 4)).getInt32(0, true);",
    "return viewOf(expect(type, bytes, 4)).getInt32(0);",
    "unit/values conformance/vectors-",
  ],
  [
    "SCH-056",
    "decimals take a byte too many",
    "values/binary.ts",
    "while (BigInt.asIntN(8 * length, unscaled) !== unscaled) length++;",
    "while (BigInt.asIntN(8 * length - 1, unscaled) !== unscaled) length++;",
    "unit/values conformance/vectors-",
  ],
  [
    "SCH-058",
    "a promoted date is read as microseconds",
    "values/binary.ts",
    "return promotedDate(type, bytes, MICROS_PER_DAY);",
    "return BigInt(viewOf(bytes).getInt32(0, true));",
    "unit/values conformance/vectors-",
  ],
  [
    "SCH-060",
    "decimals change their scale",
    "schema/promotion.ts",
    "return to.scale === from.scale && to.precision > from.precision;",
    "return to.precision > from.precision;",
    "unit/schema conformance/vectors-",
  ],
  [
    "SCH-061",
    "dates become zoned timestamps",
    "schema/promotion.ts",
    '{ from: "date", to: "timestamp_ns", since: 3 }',
    '{ from: "date", to: "timestamptz", since: 3 }',
    "unit/schema conformance/vectors-",
  ],
  [
    "SCH-089",
    "reserved ids enter a schema",
    "metadata/apply-structure.ts",
    "if (schema.highestFieldId <= MAX_FIELD_ID) return;",
    "if (schema.highestFieldId > 0) return;",
    "conformance/schema.test.ts",
  ],
  [
    "PRT-007",
    "times before 1970 are cut toward zero",
    "partitioning/apply.ts",
    "Math.floor(number / divisor)",
    "Math.trunc(number / divisor)",
    "unit/partitioning conformance/vectors-",
  ],
  [
    "PRT-011",
    "negative ints are hashed as unsigned",
    "values/hash.ts",
    "(value as number) < 0 ? -1 : 0",
    "0",
    "unit/values conformance/vectors-",
  ],
  [
    "PRT-012",
    "the sign bit is not masked",
    "partitioning/apply.ts",
    "(hash(value) & 0x7fffffff) % numBuckets",
    "Math.abs(hash(value)) % numBuckets",
    "unit/partitioning conformance/vectors-",
  ],
  [
    "PRT-018",
    "negative ints are cut upward",
    "partitioning/apply.ts",
    "int - (((int % width) + width) % width)",
    "int - (int % width)",
    "unit/partitioning conformance/vectors-",
  ],
  [
    "PRT-020",
    "text is cut by UTF-16 units",
    "values/truncate.ts",
    "at += text.codePointAt(at)! > 0xffff ? 2 : 1;",
    "at += 1;",
    "unit/values conformance/vectors-",
  ],
  [
    "PRT-029",
    "names do not tell specs apart",
    "partitioning/spec.ts",
    "field.name === other.name &&",
    "",
    "unit/partitioning",
  ],
  [
    "PRT-031",
    "a spec of voids is partitioned",
    "partitioning/spec.ts",
    'return spec.fields.every((field) => field.transform.kind === "void");',
    "return spec.fields.length === 0;",
    "unit/partitioning",
  ],
  [
    "PRT-046",
    "unified partition types are not sorted",
    "inspect/partition-values.ts",
    ".sort((a, b) => a.id - b.id)",
    "",
    "conformance/partitioning.test.ts",
  ],
  [
    "PRT-058",
    "-0 equals 0 in order",
    "values/compare.ts",
    "return a !== 0 ? 0 : signOf(a) - signOf(b);",
    "return 0;",
    "unit/values",
  ],
  [
    "PRT-059",
    "text sorts by UTF-16 units",
    "values/compare.ts",
    "return x < SURROGATES || y < SURROGATES ? x - y : rank(x) - rank(y);",
    "return x - y;",
    "unit/values",
  ],
  [
    "MAN-029",
    "every entry inherits",
    "manifests/read-manifest.ts",
    'const inherits = status === "added" || manifest.sequenceNumber === 0;',
    "const inherits = true;",
    "unit/manifests conformance/vectors-",
  ],
  [
    "MAN-033",
    "any manifest may be unnumbered",
    "manifests/write-manifest-list.ts",
    "if (manifest.addedSnapshotId !== options.snapshotId) {",
    "if (manifest.addedSnapshotId < 0n) {",
    "unit/manifests",
  ],
  [
    "MAN-035",
    "existing rows get no row ids",
    "manifests/write-manifest-list.ts",
    "BigInt(numbered.existingRowsCount! + numbered.addedRowsCount!)",
    "BigInt(numbered.addedRowsCount!)",
    "unit/manifests conformance/vectors-",
  ],
  [
    "MAN-044",
    "summaries lose the sign of zero",
    "manifests/summaries.ts",
    "} else if (value !== lower || value === 0) {",
    "} else if (value !== lower) {",
    "unit/manifests",
  ],
  [
    "MAN-058",
    "Avro escapes are in lower case",
    "avro/values.ts",
    ".toString(16).toUpperCase()",
    ".toString(16)",
    "unit/avro conformance/vectors-",
  ],
  [
    "MAN-068",
    "upper bounds become lone surrogates",
    "values/truncate.ts",
    "point === 0xd7ff ? 0xe000 : point + 1",
    "point + 1",
    "unit/values",
  ],
  [
    "MET-009",
    "snapshots pass the last sequence number",
    "metadata/check.ts",
    "if (sequenceNumber > metadata.lastSequenceNumber) {",
    "if (sequenceNumber < 0) {",
    "unit/metadata conformance/vectors-",
  ],
  [
    "MET-028",
    "stale row ids are taken",
    "metadata/apply-snapshots.ts",
    "if (firstRowId < nextRowId) {",
    "if (firstRowId < 0n) {",
    "unit/metadata",
  ],
  [
    "MET-044",
    "removing main leaves the current snapshot",
    "metadata/apply-snapshots.ts",
    "if (name === MAIN_BRANCH) delete next.currentSnapshotId;",
    "",
    "unit/metadata",
  ],
  [
    "MET-077",
    "a relative metadata path is stored",
    "metadata/names.ts",
    "stripTrailingSlash(absolute ? path :",
    'stripTrailingSlash(path !== "metadata" ? path :',
    "unit/metadata conformance/metadata.test.ts",
  ],
  [
    "PUF-012",
    "checksums are not compared",
    "deletes/deletion-vector.ts",
    "if (stored !== actual)",
    "if (stored < 0)",
    "unit/deletes conformance/vectors-",
  ],
  [
    "PUF-021",
    "the cardinality is not compared",
    "deletes/deletion-vector.ts",
    "if (cardinality !== undefined && bitmap.size !== cardinality) {",
    "if (cardinality !== undefined && cardinality < 0) {",
    "unit/deletes",
  ],
];

const ENOUGH = 27;
const root = new URL("../..", import.meta.url).pathname;
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const copy = mkdtempSync(join(tmpdir(), "icewright-break-"));
const SKIPPED = new Set(["node_modules", ".git", ".interop", "dist", "warehouse"]);
cpSync(root, copy, {
  recursive: true,
  filter: (from) => !SKIPPED.has(from.slice(root.length).split("/")[0]),
});
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

function isGreen(tests) {
  const paths = tests.split(" ").map((path) => `test/${path}`);
  const vitest = ["vitest", "run", "--config", "test/vitest.config.ts", "--bail", "1", ...paths];
  const { status, stdout, stderr } = spawnSync("npx", vitest, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const [, file, title] = /FAIL\s+(\S+) > (.*)/.exec(`${stdout}${stderr}`) ?? [];
  return { green: status === 0, by: file && `${file.replace("test/", "")}: ${title}` };
}

let killed = 0;
let faults = 0;
const chosen = BREAKS.filter(([id]) => only === undefined || id === only);
try {
  for (const tests of new Set(chosen.map((entry) => entry[5])))
    if (!isGreen(tests).green) throw new Error(`Cannot begin: the tests of ${tests} are red as they are`);
  console.log("| MUST | broken so that | result | first red test |\n| --- | --- | --- | --- |");
  for (const [id, what, file, from, to, tests] of chosen) {
    const path = join(copy, "src", file);
    const text = readFileSync(path, "utf8");
    if (text.split(from).length !== 2) {
      faults++;
      console.log(
        `| ${id} | ${what} | DOES NOT FIT: src/${file} has the text ${text.split(from).length - 1} times | |`,
      );
      continue;
    }
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    const { green, by = "" } = isGreen(tests);
    writeFileSync(path, text);
    if (!green) killed++;
    console.log(`| ${id} | ${what} | ${green ? "SURVIVED" : "red"} | ${by} |`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`\n${killed} of ${chosen.length} turned a test red`);
if (faults > 0 || killed < (only === undefined ? ENOUGH : chosen.length)) process.exitCode = 1;
