/** The demo's own table: made anew on every run, and never at the cost of anybody's data. Spec: none. @module */
import { rm, rmdir } from "node:fs/promises";
import { IcebergError, isIcebergError } from "../base/index.ts";
import { localPath } from "../io/index.ts";
import { fileError } from "../io/node.ts";
import type { Catalog, Table } from "../table/index.ts";

/** Table property and snapshot summary entry that say who made them. */
export const DEMO_MARKER = "icewright.demo";

/**
 * Removes what an earlier demo left, so that the next starts empty.
 * @throws IcebergError `already-exists` when the table is not the demo's, or holds anything the demo did not write.
 */
export async function removeDemoTable(
  catalog: Catalog,
  name: string,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  let table: Table;
  try {
    table = await catalog.loadTable(name, options);
  } catch (error) {
    if (isIcebergError(error, "no-such-table") || isIcebergError(error, "no-such-namespace")) return;
    throw error;
  }
  const fault = foreignPart(table);
  if (fault !== undefined) {
    throw new IcebergError(
      "already-exists",
      `Cannot run the demo: ${table.location} ${fault}, and the demo replaces only what it made`,
      {
        context: {
          table: name,
          location: table.location,
          hint: "run it with another --warehouse, or move that folder away",
        },
      },
    );
  }
  await removeFolders(table.location);
}

/** What of a table is not the demo's; `undefined` when all of it is. */
function foreignPart(table: Table): string | undefined {
  if (table.properties.get(DEMO_MARKER) !== "true") return "was not made by it";
  const foreign = table.metadata.snapshots.find((snapshot) => snapshot.summary?.get(DEMO_MARKER) !== "true");
  return foreign === undefined ? undefined : `holds snapshot ${foreign.snapshotId} of someone else`;
}

/** Removes the two folders a table consists of; its own only if nothing else lies in it. */
async function removeFolders(location: string): Promise<void> {
  const path = localPath(location);
  if (path === undefined) return;
  try {
    // The metadata first: what is half removed then is no table any more.
    for (const folder of ["metadata", "data"])
      await rm(`${path}/${folder}`, { recursive: true, force: true });
  } catch (error) {
    throw fileError("delete", location, error);
  }
  await rmdir(path).catch(() => undefined);
}
