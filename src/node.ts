/** icewright on Node: tables on a local disk. @module */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type AbortOptions, IcebergError } from "./base/index.ts";
import {
  fileIOFor,
  openRestCatalog,
  type RestCatalogOptions,
  type TableIdentifier,
} from "./catalog/index.ts";
import { FileCatalogClient, type FileCatalogOptions, loadFileTable } from "./catalog/node.ts";
import { localPath } from "./io/index.ts";
import { errno, fileError, LocalFileIO, resolveLocal } from "./io/node.ts";
import { parseMetadata } from "./metadata/index.ts";
import type { Schema } from "./schema/index.ts";
import { Catalog, type CatalogSettings, Table } from "./table/index.ts";

export { FileCatalogClient, type FileCatalogOptions } from "./catalog/node.ts";
export { LocalFileIO } from "./io/node.ts";

/** A catalog that is a folder: `fileCatalog("./warehouse")`. The folder is created with the first namespace. */
export function fileCatalog(folder: string, options: FileCatalogOptions & CatalogSettings = {}): Catalog {
  return new Catalog(new FileCatalogClient(folder, options), options.runtime, options);
}

/**
 * A catalog behind Iceberg's REST protocol, whose tables lie on this machine's disk unless `io` says otherwise.
 * @throws IcebergError `not-authorized`, `no-such-warehouse`, `invalid-argument`, `io-failed`.
 */
export async function restCatalog(options: RestCatalogOptions & CatalogSettings): Promise<Catalog> {
  const local = new LocalFileIO(options.runtime);
  const elsewhere = fileIOFor(undefined);
  const io =
    options.io ??
    ((location, config) => (localPath(location) === undefined ? elsewhere(location, config) : local));
  return new Catalog(await openRestCatalog({ ...options, io }), options.runtime, options);
}

/**
 * Opens a table for reading from its folder or from one of its metadata files, whoever wrote it.
 * @throws IcebergError `no-such-table`, `corrupt-file`, `invalid-metadata`.
 */
export async function openTable(path: string, options: AbortOptions = {}): Promise<Table<Schema>> {
  const file = resolveLocal(path);
  const absolute = `file://${file}`;
  const io = new LocalFileIO();
  const found = await stat(file).catch((error: unknown) => {
    if (errno(error) === "ENOENT" || errno(error) === "ENOTDIR") return undefined;
    throw fileError("read", path, error);
  });
  if (found?.isDirectory())
    return new Table<Schema>(await loadFileTable(absolute, identifierOf(file), io, options));
  if (found === undefined) {
    throw new IcebergError(
      "no-such-table",
      `Cannot open ${path}: there is no such table folder or metadata file`,
      {
        context: { path },
      },
    );
  }
  const metadata = parseMetadata(await io.open(absolute).read(undefined, options), absolute);
  const folder = dirname(dirname(file));
  return new Table<Schema>({ identifier: identifierOf(folder), metadata, metadataLocation: absolute, io });
}

function identifierOf(folder: string): TableIdentifier {
  return { namespace: [basename(dirname(folder)) || "."], name: basename(folder) || "table" };
}
