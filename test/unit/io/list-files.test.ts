/** Listing files: everything below a folder and nothing beside it. */
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileIO } from "../../../src/base/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import { LocalFileIO } from "../../../src/io/node.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "icewright-list-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function listed(io: FileIO, location: string) {
  const files = [];
  for await (const file of io.list!(location))
    files.push(`${file.location.slice(location.length)} ${file.size}`);
  return files.sort();
}

describe.each([
  { store: "LocalFileIO", open: () => ({ io: new LocalFileIO() as FileIO, base: `file://${folder}` }) },
  { store: "MemoryFileIO", open: () => ({ io: new MemoryFileIO() as FileIO, base: "memory://w" }) },
])("$store.list", ({ open }) => {
  it("shows every file below the folder with its size, and none beside it", async () => {
    const { io, base } = open();
    for (const [name, size] of [
      ["a/one", 1],
      ["a/b/two", 2],
      ["a/.three.tmp", 3],
      ["ab/other", 4],
      ["a.file", 5],
    ] as const) {
      await io.create(`${base}/${name}`, new Uint8Array(size));
    }
    expect(await listed(io, `${base}/a`)).toEqual(["/.three.tmp 3", "/b/two 2", "/one 1"]);
    expect(await listed(io, `${base}/missing`)).toEqual([]);
    const slash = [];
    for await (const { location } of io.list!(`${base}/ab/`)) slash.push(location);
    expect(slash).toEqual([`${base}/ab/other`]);
  });

  it("stops when the signal fires", async () => {
    const { io, base } = open();
    await io.create(`${base}/a/one`, new Uint8Array(1));
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(async () => {
      for await (const _ of io.list!(`${base}/a`, { signal }));
    }).rejects.toThrow("stopped");
  });
});

describe("LocalFileIO.list", () => {
  it("follows no links and tells when a file was written", async () => {
    const io = new LocalFileIO();
    const before = Date.now() - 5_000;
    await io.create(`${folder}/a/one`, new Uint8Array(1));
    await symlink(folder, join(folder, "a", "round"));
    const files = [];
    for await (const file of io.list(`${folder}/a`)) files.push(file);
    expect(files.map(({ location }) => location)).toEqual([`${folder}/a/one`]);
    expect(files[0]!.modifiedMs).toBeGreaterThan(before);
  });
});
