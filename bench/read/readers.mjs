/**
 * The readers that `bench/read.mjs` compares, those of Python left out (`peers.py`). Each takes what it needs of
 * `{ load, folder, files, select, tasks, peers, icebird }` and answers how many rows it read.
 */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { columns } from "./data.mjs";

/** Ours may be told to read the first files alone: `fileLimit`. */
export const OURS = {
  "icewright rows": async (input) => {
    let count = 0;
    const { scan, options } = await scanOf(input);
    for await (const row of scan.rows(options)) if (row !== null) count++;
    return count;
  },
  "icewright columns": async (input) => {
    let count = 0;
    const { scan, options } = await scanOf(input);
    for await (const batch of scan.batches(options)) count += batch.rowCount;
    return count;
  },
  "icewright Arrow": async (input) => {
    const { toArrowBatches } = await input.load("arrow/index.js");
    let count = 0;
    const { scan, options } = await scanOf(input);
    for await (const batch of toArrowBatches(scan, options)) count += batch.numRows;
    return count;
  },
};

export const PEERS = {
  "hyparquet rows": async ({ files, select }) => {
    const { parquetReadObjects, asyncBufferFromFile } = await import("hyparquet");
    let count = 0;
    for (const path of files) {
      const file = await asyncBufferFromFile(path);
      count += (await parquetReadObjects({ file, columns: select, parsers: RAW_TIMES })).length;
    }
    return count;
  },
  "hyparquet columns": async ({ load, files, select }) => {
    const { parquetRead, asyncBufferFromFile } = await import("hyparquet");
    let values = 0;
    for (const path of files) {
      const file = await asyncBufferFromFile(path);
      const onChunk = ({ columnData }) => {
        values += columnData.length;
      };
      await parquetRead({ file, columns: select, parsers: RAW_TIMES, onChunk });
    }
    return values / (select ?? Object.keys(columns(await load("core.js")))).length;
  },
  "parquet-wasm Arrow": async ({ peers, files, select }) => {
    const { readParquet } = await import(
      pathToFileURL(join(peers, "node_modules/parquet-wasm/node/parquet_wasm.js")).href
    );
    const { tableFromIPC } = await import("apache-arrow");
    let count = 0;
    for (const path of files) {
      const table = readParquet(new Uint8Array(readFileSync(path)), select && { columns: select });
      count += tableFromIPC(table.intoIPCStream()).numRows;
    }
    return count;
  },
  // icebergRead knows no columns: those are chosen in SQL, which the columns that are read follow.
  "icebird rows": async ({ icebird, folder, select }) => {
    const { icebergRead, icebergQuery, collect } = await import(
      pathToFileURL(join(resolve(icebird), "src/index.js")).href
    );
    const { asyncBufferFromFile } = await import("hyparquet");
    const source = {
      resolver: { reader: (url) => asyncBufferFromFile(url.replace(/^file:\/\//, "")) },
      lister: (url) => readdir(url.replace(/^file:\/\//, "")),
    };
    if (select === undefined) return (await icebergRead({ tableUrl: folder, ...source })).length;
    const query = `SELECT ${select.join(", ")} FROM t`;
    return (await collect(await icebergQuery({ tables: { t: folder }, query, ...source }))).length;
  },
};

/** As they are stored: hyparquet's dates would cost it time and digits. */
const RAW_TIMES = {
  timestampFromMilliseconds: (value) => value,
  timestampFromMicroseconds: (value) => value,
  timestampFromNanoseconds: (value) => value,
};

async function scanOf({ load, folder, select, fileLimit }) {
  const { openTable } = await load("node.js");
  const scan = (await openTable(folder)).scan({ ...(select && { select }) });
  if (fileLimit === undefined) return { scan, options: {} };
  const { tasks } = await scan.plan();
  return { scan, options: { tasks: tasks.slice(0, fileLimit) } };
}
