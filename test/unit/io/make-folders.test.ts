import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeFolders } from "../../../src/io/node.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "icewright-folders-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it("makeFolders: writers that make the same folders at the same time all get them", async () => {
  for (let round = 0; round < 40; round++) {
    const path = join(root, `t${round}`, "data", "part=a", "hour=1");
    const paths = [path, join(path, "deeper"), path, join(path, "..", "hour=2"), path, path];
    await Promise.all(paths.map((one) => makeFolders(one)));
    for (const one of paths) expect((await stat(one)).isDirectory()).toBe(true);
  }
});
