/** Rules of delete files, deletion vectors and statistics files. Spec: Delete Formats; Puffin. @module */
import { show } from "../findings.ts";
import { int, long, objects, sameText, text } from "../json.ts";
import { type LintEntry, longs } from "../manifests.ts";
import { type PuffinFile, readDeletionVector, readPuffin } from "../puffin.ts";
import type { LintTable } from "../table.ts";
import { compare, type LintValue } from "../values.ts";
import type { OpenedFile } from "./data-files.ts";
import type { SnapshotFiles } from "./live-files.ts";

/** Columns of a position delete file (PAR-054). */
const FILE_PATH = 2_147_483_546;
const POSITION = 2_147_483_545;

/** One deletion vector: the Puffin file, the blob, and both against the entry. */
export async function checkVector(
  table: LintTable,
  entry: LintEntry,
  live: readonly LintEntry[],
): Promise<void> {
  const { report } = table;
  const bytes = await table.files.bytes(entry.path, "the Puffin file");
  const puffin = bytes && openPuffin(table, entry.path, bytes);
  if (bytes === undefined || puffin === undefined) return;
  const fault = (why: string) => report.add("dv-entry", entry.path, why);
  if (entry.sizeInBytes !== BigInt(bytes.length))
    report.add("file-size", entry.path, `it has ${bytes.length} bytes, told ${entry.sizeInBytes}`);
  const offset = Number(entry.contentOffset);
  const size = Number(entry.contentSizeInBytes);
  const blob = puffin.blobs.find((each) => each.offset === offset);
  if (blob === undefined || blob.length !== size) {
    fault(`${size} bytes at ${offset} are no blob of the footer`);
    return;
  }
  const referenced = entry.file.get(143);
  if (blob.type !== "deletion-vector-v1") fault(`the blob at ${offset} is ${show(blob.type)}`);
  if (blob.codec !== undefined) fault(`the blob at ${offset} is compressed with ${blob.codec}`);
  if (blob.properties.get("referenced-data-file") !== referenced)
    fault(
      `the blob is for ${show(blob.properties.get("referenced-data-file"))}, the entry for ${show(referenced)}`,
    );
  if (blob.snapshotId !== -1n || blob.sequence !== -1n)
    fault(`the blob has snapshot ${blob.snapshotId} and sequence number ${blob.sequence}, not -1`);
  let positions: readonly bigint[];
  try {
    positions = readDeletionVector(bytes.subarray(offset, offset + size));
  } catch (error) {
    report.add("dv-blob", entry.path, `the blob at ${offset}: ${(error as Error).message}`);
    return;
  }
  const count = BigInt(positions.length);
  const told = blob.properties.get("cardinality");
  if (count !== entry.recordCount || told !== String(count))
    fault(
      `the blob at ${offset} has ${count} positions, cardinality ${show(told)}, record_count ${entry.recordCount}`,
    );
  const target = live.find(({ content, path }) => content === 0 && path === referenced);
  if (target === undefined) return;
  const last = positions.at(-1);
  if (last !== undefined && last >= target.recordCount)
    report.add(
      "dv-per-file",
      entry.path,
      `position ${last} of ${target.path}, which has ${target.recordCount} rows`,
    );
  const place = (each: LintEntry) => show([each.manifest.specId, each.partition]);
  if (place(target) !== place(entry))
    report.add("dv-per-file", entry.path, `it is in ${place(entry)}, its data file in ${place(target)}`);
}

/** At most one vector a data file in a snapshot; new position delete files only below version 3. */
export function checkDeleteRules(table: LintTable, { snapshot, file, live, added }: SnapshotFiles): void {
  const vectors = new Map<unknown, string>();
  for (const entry of live) {
    if (entry.contentOffset === undefined) continue;
    const target = entry.file.get(143);
    if (vectors.has(target))
      table.report.add(
        "dv-per-file",
        file,
        `${show(target)} has the vectors ${vectors.get(target)} and ${entry.key}`,
      );
    vectors.set(target, entry.key);
  }
  if (snapshot.firstRowId === undefined) return;
  for (const { content, contentOffset, path } of added) {
    if (content === 1 && contentOffset === undefined)
      table.report.add(
        "position-deletes",
        file,
        `${path} was added in version 3, which has deletion vectors`,
      );
  }
}

/** Rows of a position delete file are sorted by path and position. */
export async function checkPositionDeletes(
  table: LintTable,
  entry: LintEntry,
  { parquet }: OpenedFile,
): Promise<void> {
  const paths = parquet.byId.get(FILE_PATH);
  const positions = parquet.byId.get(POSITION);
  const fault = (why: string) => table.report.add("position-deletes", entry.path, why);
  if (paths === undefined || positions === undefined) {
    fault(`it lacks columns with the ids ${FILE_PATH} and ${POSITION}`);
    return;
  }
  const path = await parquet.values(paths, { kind: "primitive", name: "string" });
  const position = await parquet.values(positions, { kind: "primitive", name: "long" });
  if (path.includes(null) || position.includes(null)) return fault("it has nulls");
  const at = (row: number): [LintValue, LintValue] => [path[row]!, position[row]!];
  for (let row = 1; row < path.length; row++) {
    const [before, after] = [at(row - 1), at(row)];
    if ((compare(before[0], after[0]) || compare(before[1], after[1])) > 0)
      return fault(`row ${row} is before the one it follows`);
  }
  const referenced = entry.file.get(143);
  const others = path.filter((each) => Buffer.from(each as Uint8Array).toString("utf8") !== referenced);
  if (typeof referenced === "string" && others.length > 0)
    fault(`it is for ${referenced} and has rows of other files`);
}

/** Equality ids are columns of the file and of the table. */
export function checkEqualityDeletes(table: LintTable, entry: LintEntry, { parquet }: OpenedFile): void {
  const fault = (why: string) => table.report.add("equality-deletes", entry.path, why);
  for (const id of longs(entry.file.get(135)) ?? []) {
    const placed = table.field(Number(id));
    if (!parquet.byId.has(Number(id))) fault(`column ${id} of its equality ids is not in the file`);
    if (placed === undefined) fault(`equality id ${id} is no column of the table`);
    else if (placed.repeated || placed.field.type.kind !== "primitive")
      fault(`equality id ${id} is no primitive column`);
  }
}

/** Statistics files: one a snapshot, there, of the sizes and blobs that metadata tells. */
export async function checkStatisticsFiles(table: LintTable): Promise<void> {
  const { report, metadata, metadataFile } = table;
  for (const list of ["statistics", "partition-statistics"]) {
    const seen = new Set<bigint | undefined>();
    for (const json of objects(metadata[list])) {
      const fault = (why: string) => report.add("metadata-statistics", metadataFile, `${list}: ${why}`);
      const id = long(json["snapshot-id"]);
      const path = text(json["statistics-path"]) ?? "";
      if (table.snapshot(id) === undefined) fault(`snapshot ${id} does not exist`);
      if (seen.has(id)) fault(`snapshot ${id} has two files`);
      seen.add(id);
      const bytes = await table.files.bytes(path, "the statistics file");
      if (bytes === undefined) continue;
      if (int(json["file-size-in-bytes"]) !== bytes.length) fault(`${path} has ${bytes.length} bytes`);
      const puffin = list === "statistics" ? openPuffin(table, path, bytes) : undefined;
      if (puffin === undefined) continue;
      if (int(json["file-footer-size-in-bytes"]) !== puffin.footerSize)
        fault(`${path} has a footer of ${puffin.footerSize} bytes`);
      const told = objects(json["blob-metadata"]).map((blob) =>
        sameText([blob.type!, blob.fields!, long(blob["snapshot-id"])!]),
      );
      const real = puffin.blobs.map((blob) =>
        sameText([blob.type, [...(blob.fields ?? [])], blob.snapshotId!]),
      );
      if (show(told) !== show(real)) fault(`${path} has the blobs ${show(real)}, told ${show(told)}`);
    }
  }
}

/** Whether a file of deletes is a Puffin file's vector. */
export function isVector(entry: LintEntry): boolean {
  return entry.content === 1 && entry.format.toLowerCase() === "puffin";
}

function openPuffin({ report }: LintTable, path: string, bytes: Uint8Array): PuffinFile | undefined {
  try {
    return readPuffin(bytes);
  } catch (error) {
    report.add("puffin-container", path, (error as Error).message);
    return undefined;
  }
}
