import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { FileCatalogClient } from "../../../src/catalog/node.ts";
import { LocalFileIO } from "../../../src/io/node.ts";

/** Paths opened since the last clear, in order; a folder is only ever opened to be synced. */
const opened = vi.hoisted(() => [] as string[]);
vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  const open = (...args: Parameters<typeof real.open>) => {
    opened.push(String(args[0]));
    return real.open(...args);
  };
  return { ...real, open };
});

it("LocalFileIO.create() syncs the parent of each folder it makes: else a power cut takes folder and file (CMT-084)", async () => {
  const root = await mkdtemp(join(tmpdir(), "icewright-durable-"));
  try {
    const io = new LocalFileIO();
    opened.length = 0;
    await io.create(`${root}/data/month=1/a`, new Uint8Array(1));
    expect(opened).toEqual([
      root,
      `${root}/data`,
      expect.stringContaining(`${root}/data/month=1/.`),
      `${root}/data/month=1`,
    ]);
    opened.length = 0;
    await io.create(`${root}/data/month=1/b`, new Uint8Array(1));
    expect(opened, "nothing more once they are there").toHaveLength(2);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

it("FileCatalogClient.createNamespace() syncs the folder above, for whole tables will lie below (CMT-084)", async () => {
  const root = await mkdtemp(join(tmpdir(), "icewright-durable-"));
  try {
    opened.length = 0;
    await new FileCatalogClient(root).createNamespace(["a", "b"]);
    expect(opened).toEqual([root, `${root}/a`]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
