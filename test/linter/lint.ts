/**
 * The spec linter: every rule of `findings.ts` over a table, whoever wrote it. It reads Avro with avsc and Parquet with
 * hyparquet and computes transforms, bounds and bitmaps by itself, so that nothing of the library judges the library.
 * @module
 */
import { gunzipSync } from "node:zlib";
import { parseJson } from "../../src/base/index.ts";
import { findMetadata, type ReadFile, readLocalFile, TableFiles } from "./files.ts";
import { type Finding, Report } from "./findings.ts";
import { int, type JsonObject, object } from "./json.ts";
import {
  DELETED,
  type LintEntry,
  type LintManifestFile,
  readManifest,
  readManifestList,
} from "./manifests.ts";
import { checkDataFile } from "./rules/data-files.ts";
import {
  checkDeleteRules,
  checkEqualityDeletes,
  checkPositionDeletes,
  checkStatisticsFiles,
  checkVector,
  isVector,
} from "./rules/deletes.ts";
import { checkLiveFiles, type SnapshotFiles, snapshotFiles } from "./rules/live-files.ts";
import { checkListEntry, checkManifestList } from "./rules/manifest-lists.ts";
import { checkManifest } from "./rules/manifests.ts";
import { checkMetadata } from "./rules/metadata.ts";
import { checkSnapshots } from "./rules/snapshots.ts";
import { checkStructure } from "./rules/structure.ts";
import { type LintTable, tableOf } from "./table.ts";

export { findMetadata, type ReadFile, readLocalFile, readMoved } from "./files.ts";
export { type Finding, RULES, type RuleId } from "./findings.ts";

export interface LintOptions {
  /** Default: the local disk. */
  readonly readFile?: ReadFile;
  /** Whether data and delete files are opened. Default true; false for tables whose data files are made up. */
  readonly dataFiles?: boolean;
}

/**
 * All faults of a table, given one of its metadata files or, on a local disk, its folder. Every snapshot that the
 * metadata has is looked at, every live file of one opened and every row of it read.
 */
export async function lintTable(
  metadataOrFolder: string,
  options: LintOptions = {},
): Promise<readonly Finding[]> {
  const report = new Report();
  const files = new TableFiles(options.readFile ?? readLocalFile, report);
  const metadataFile =
    options.readFile === undefined ? await findMetadata(metadataOrFolder) : metadataOrFolder;
  const metadata = await readMetadata(metadataFile, files, report);
  if (metadata === undefined) return report.findings;
  const table = tableOf(metadata, metadataFile, files, report);
  checkMetadata(table);
  checkStructure(table);
  checkSnapshots(table);
  await checkHint(table);
  await checkStatisticsFiles(table);
  const snapshots = await checkManifests(table);
  if (options.dataFiles !== false) await checkContentFiles(table, snapshots);
  return report.findings;
}

async function readMetadata(
  file: string,
  files: TableFiles,
  report: Report,
): Promise<JsonObject | undefined> {
  const bytes = await files.bytes(file, "the metadata file");
  if (bytes === undefined) return undefined;
  try {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if (isGzip !== /\.gz\.metadata\.json$|\.metadata\.json\.gz$/.test(file))
      report.add(
        "metadata-readable",
        file,
        isGzip ? "it is gzipped, its name does not say so" : "it is not gzipped, its name says so",
      );
    const text = new TextDecoder("utf-8", { fatal: true }).decode(isGzip ? gunzipSync(bytes) : bytes);
    const metadata = object(parseJson(text, "the metadata"));
    const version = int(metadata?.["format-version"]) ?? 0;
    if (metadata !== undefined && version >= 1 && version <= 3) return metadata;
    report.add("metadata-readable", file, `its format-version is ${version}`);
  } catch (error) {
    report.add("metadata-readable", file, (error as Error).message);
  }
  return undefined;
}

/** The hint of file tables: a bare number, of a version that exists and is not beyond this one. */
async function checkHint({ files, metadataFile, report }: LintTable): Promise<void> {
  const version = /^v(\d+)\./.exec(metadataFile.slice(metadataFile.lastIndexOf("/") + 1))?.[1];
  const file = `${metadataFile.slice(0, metadataFile.lastIndexOf("/"))}/version-hint.text`;
  const bytes = version === undefined ? undefined : await files.optional(file);
  if (bytes === undefined) return;
  const hint = Buffer.from(bytes).toString("utf8");
  if (!/^\d+$/.test(hint)) report.add("version-hint", file, `it holds ${JSON.stringify(hint)}`);
  else if (Number(hint) > Number(version))
    report.add("version-hint", file, `it holds ${hint}, the newest version is ${version}`);
}

async function checkManifests(table: LintTable): Promise<readonly SnapshotFiles[]> {
  const read = new Map<string, Promise<LintManifestFile | undefined>>();
  const checked = new Map<bigint, SnapshotFiles>();
  for (const snapshot of table.snapshots) {
    const list = await readManifestList(table, snapshot);
    if (list === undefined) continue;
    checkManifestList(table, snapshot, list);
    const entries: LintEntry[] = [];
    let isWhole = true;
    for (const manifest of list.manifests) {
      // A manifest is carried from list to list, but may be given row ids on the way.
      const key = `${manifest.path} ${manifest.firstRowId}`;
      const isNew = !read.has(key);
      const content = await (read.get(key) ?? readManifest(table, manifest));
      read.set(key, Promise.resolve(content));
      if (content === undefined) {
        isWhole = false;
        continue;
      }
      if (isNew) checkManifest(table, manifest, content);
      await checkListEntry(table, list, manifest, content);
      entries.push(...content.entries);
    }
    if (isWhole) checked.set(snapshot.id, snapshotFiles(snapshot, list.file, entries));
  }
  for (const files of checked.values()) {
    const { parentId } = files.snapshot;
    checkLiveFiles(table, files, parentId === undefined ? undefined : checked.get(parentId));
    checkDeleteRules(table, files);
  }
  return [...checked.values()];
}

/** Every file that is live in some snapshot, once. */
async function checkContentFiles(table: LintTable, snapshots: readonly SnapshotFiles[]): Promise<void> {
  const done = new Set<string>();
  for (const { live } of snapshots) {
    for (const entry of live) {
      if (entry.status === DELETED || done.has(entry.key)) continue;
      done.add(entry.key);
      if (isVector(entry)) {
        await checkVector(table, entry, live);
        continue;
      }
      const opened = await checkDataFile(table, entry);
      if (opened === undefined) continue;
      if (entry.content === 1) await checkPositionDeletes(table, entry, opened);
      if (entry.content === 2) checkEqualityDeletes(table, entry, opened);
    }
  }
}
