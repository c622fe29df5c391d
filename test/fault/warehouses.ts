/** Empty warehouses over a store that can be told to fail: in memory, and in a folder. @module */
import { MemoryCatalogClient } from "../../src/catalog/index.ts";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { MemoryFileIO } from "../../src/io/index.ts";
import { LocalFileIO } from "../../src/io/node.ts";
import { FaultyIO } from "./faulty-io.ts";
import { filesBelow, type Warehouse } from "./schedule.ts";

export function memoryWarehouse(): Warehouse {
  const files = new MemoryFileIO();
  const io = new FaultyIO(files);
  const client = new MemoryCatalogClient({ io });
  return {
    client,
    other: client,
    otherIO: files,
    arm: (fault, at) => io.arm(fault, at),
    disarm: () => io.disarm(),
    files: async () => [...files.files.keys()].sort(),
  };
}

/** The folder need not exist. */
export function fileWarehouse(root: string): Warehouse {
  const local = new LocalFileIO();
  const io = new FaultyIO(local);
  return {
    client: new FileCatalogClient(root, { io }),
    other: new FileCatalogClient(root),
    otherIO: local,
    arm: (fault, at) => io.arm(fault, at),
    disarm: () => io.disarm(),
    files: () => filesBelow(root),
  };
}
