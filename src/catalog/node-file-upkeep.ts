/**
 * Deleting old versions of a table folder without reopening their numbers. Spec: Table Metadata, metadata-log (MET-040).
 *
 * A writer publishes version N+1 by linking a temporary file onto that name, so a freed name could be taken by
 * one that still believes in version N. It cannot, because every temporary file says which version it is to become,
 * and before a number is freed, all temporary files aimed at it or at lower ones are removed. A writer puts its
 * temporary file into the folder first and only then looks for newer versions. So a file that escaped the removal
 * came later, its writer looked later still, and found the newer versions that the removal came after.
 * @module
 */
import { open, readdir, rm } from "node:fs/promises";
import { nameOfTemporary, syncFolder } from "../io/node.ts";
import { parseMetadataFileName } from "../metadata/index.ts";
import { GAPS_MARKER } from "./node-file-versions.ts";

/**
 * Deletes the versions among `locations` that lie in a `metadata` folder under Hadoop names. To be called when a newer
 * version is published. Best effort: never throws, what stays is only an old version.
 */
export async function deleteVersions(folder: string, locations: readonly string[]): Promise<void> {
  const start = `file://${folder}/`;
  const names = locations
    .filter((location) => location.startsWith(start))
    .map((location) => location.slice(start.length));
  const versions = names
    .map((name) => ({ name, version: hadoopVersion(name) }))
    .filter(({ name, version }) => version >= 0 && !name.includes("/"))
    .sort((a, b) => a.version - b.version);
  if (versions.length === 0) return;
  try {
    await markGaps(folder);
    await revoke(folder, versions[versions.length - 1]!.version);
    for (const { name } of versions) await rm(`${folder}/${name}`, { force: true });
  } catch {
    // The commit stands; the next one that deletes tries its own.
  }
}

/** From now on nobody takes a missing number for the end. */
async function markGaps(folder: string): Promise<void> {
  const handle = await open(`${folder}/${GAPS_MARKER}`, "a");
  await handle.close();
  // A power failure must not keep the deletions and lose the mark.
  await syncFolder(folder);
}

/** Takes away what stale writers are about to publish as a version up to `highest`. */
async function revoke(folder: string, highest: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const target = nameOfTemporary(name);
    if (target === undefined) continue;
    const version = hadoopVersion(target);
    if (version >= 0 && version <= highest) await rm(`${folder}/${name}`, { force: true });
  }
}

/** The number in a name of Hadoop's layout, -1 for other names. */
function hadoopVersion(name: string): number {
  const parsed = parseMetadataFileName(name);
  return parsed?.layout === "hadoop" ? parsed.version : -1;
}
