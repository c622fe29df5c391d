/** Commits of 100 rows by an icebird checkout, conditional as ours are: `node icebird.mjs DIR FOLDER MARK...`; JSON lines. */
import { link, mkdir, readdir, rm, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { median, rowsOf } from "./measure.mjs";

const [, , directory, folder, ...marks] = process.argv;
const load = (path) => import(pathToFileURL(join(directory, path)).href);
const { fileCatalog, icebergAppend, icebergCreateTable } = await load("src/index.js");
const { asyncBufferFromFile } = await load("node_modules/hyparquet/src/node.js");
const { ByteWriter } = await load("node_modules/hyparquet-writer/src/index.js");

let temporary = 0;
const resolver = {
  reader: (path) => asyncBufferFromFile(path),
  writer(path, options) {
    const writer = new ByteWriter();
    writer.finish = async () => {
      await mkdir(dirname(path), { recursive: true });
      const name = `${path}.${temporary++}.tmp`;
      await writeFile(name, writer.getBytes());
      try {
        await link(name, path);
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
        if (options?.ifNoneMatch) throw Object.assign(new Error("412"), { status: 412 });
        await rm(path);
        await link(name, path);
      } finally {
        await unlink(name);
      }
    };
    return writer;
  },
  deleter: (path) => rm(path, { force: true }),
};
const lister = async (path) => (await readdir(path)).filter((name) => !name.endsWith(".tmp"));
const catalog = fileCatalog({ resolver, lister, conditionalCommits: true });
const schema = {
  type: "struct",
  "schema-id": 0,
  fields: [
    { id: 1, name: "id", required: true, type: "long" },
    { id: 2, name: "name", required: false, type: "string" },
    { id: 3, name: "ts", required: true, type: "timestamptz" },
    { id: 4, name: "value", required: false, type: "double" },
  ],
};
const recordsOf = (at) => rowsOf(at).map((row) => ({ ...row, ts: new Date(Number(row.ts / 1000n)) }));
for (const [name, commits] of [
  ["warm", 30],
  ["events", Math.max(...marks.map(Number))],
]) {
  const tableUrl = join(folder, name);
  await icebergCreateTable({ catalog, tableUrl, schema });
  const cpu = [];
  const wall = [];
  for (let at = 1; at <= commits; at++) {
    const records = recordsOf(at);
    const before = process.cpuUsage();
    const began = performance.now();
    await icebergAppend({ catalog, tableUrl, records });
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
    wall.push(performance.now() - began);
    if (name !== "events" || !marks.includes(String(at))) continue;
    console.log(
      JSON.stringify({ commit: at, cpuMs: median(cpu.slice(-20)), wallMs: median(wall.slice(-20)) }),
    );
  }
}
