/** Which files a REST catalog's tables lie among: the catalog says where, the caller knows how to get there. Spec: REST catalog, storage access (RST-044, RST-094). @module */
import { type FileIO, IcebergError } from "../base/index.ts";
import type { RestProperties } from "./rest-config.ts";

/**
 * Chooses the files of a table by its location and its properties (the catalog's, over them the table's `config`).
 * Class names such as `io-impl` among them mean nothing here.
 */
export type FileIOFor = (location: string, config: RestProperties) => FileIO;

/** One {@link FileIO} for every table, or a choice by table; without either, tables can be looked at but not read. */
export function fileIOFor(io: FileIO | FileIOFor | undefined): FileIOFor {
  if (typeof io === "function") return io;
  return (location) => io ?? unreachable(location);
}

function unreachable(location: string): FileIO {
  const refuse = (): never => {
    throw new IcebergError(
      "unavailable",
      `Cannot reach the files of ${location}: give restCatalog an io; for local files import restCatalog from icewright/node`,
      { context: { location } },
    );
  };
  return { open: refuse, create: async () => refuse(), delete: async () => refuse() };
}
