import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8Encode } from "../../../src/base/index.ts";
import { joinLocation, localPath, MemoryFileIO } from "../../../src/io/index.ts";
import { fileError, LocalFileIO } from "../../../src/io/node.ts";

let folder: string;
const io = new LocalFileIO();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "icewright-io-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("LocalFileIO", () => {
  it("create() makes missing folders, writes all parts and leaves no temporary file", async () => {
    const location = `file://${folder}/a/b=c%2Fd/file.bin`;
    expect(await io.create(location, [utf8Encode("one"), utf8Encode("two")])).toBe("created");
    expect(await readFile(`${folder}/a/b=c%2Fd/file.bin`, "utf8")).toBe("onetwo");
    expect(await readdir(`${folder}/a/b=c%2Fd`)).toEqual(["file.bin"]);
  });

  it("create() never overwrites: of many racers exactly one wins (CMT-004)", async () => {
    const location = `file://${folder}/v1.metadata.json`;
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, racer) => io.create(location, utf8Encode(`racer ${racer}`))),
    );
    const winner = outcomes.indexOf("created");
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(await readFile(`${folder}/v1.metadata.json`, "utf8")).toBe(`racer ${winner}`);
    expect(await readdir(folder)).toEqual(["v1.metadata.json"]);
  });

  it("create() below a file fails with the path and what to do, and leaves nothing", async () => {
    await writeFile(`${folder}/plain`, "");
    await expect(io.create(`file://${folder}/plain/x`, utf8Encode("x"))).rejects.toMatchObject({
      code: "io-failed",
      message: expect.stringMatching(/plain\/x.*folder is needed/s),
    });
    expect(await readdir(folder)).toEqual(["plain"]);
  });

  it("create() ends with an error where no folder can be made", async () => {
    await expect(io.create("file:///proc/none/x", utf8Encode("x"))).rejects.toMatchObject({
      code: expect.stringMatching(/io-failed|no-such-file/),
      message: expect.stringContaining("/proc/none/x"),
    });
  });

  it("read() that is aborted under way rejects with the signal's reason, an AbortError by default", async () => {
    await io.create(`file://${folder}/x`, utf8Encode("0123456789"));
    const controller = new AbortController();
    const reading = io.open(`${folder}/x`).read(undefined, { signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toBe(controller.signal.reason);
  });

  it("create() stops before writing when aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(io.create(`file://${folder}/x`, utf8Encode("x"), { signal })).rejects.toThrow("enough");
    expect(await readdir(folder)).toEqual([]);
  });

  it("read() answers ranges and the whole file", async () => {
    await io.create(`file://${folder}/x`, utf8Encode("0123456789"));
    const file = io.open(`${folder}/x`);
    expect(await file.size()).toBe(10);
    expect(Buffer.from(await file.read({ start: 2, end: 5 })).toString()).toBe("234");
    expect(Buffer.from(await file.read()).toString()).toBe("0123456789");
  });

  it("read() answers the whole file whatever size its opener told, and from empty files nothing", async () => {
    await io.create(`file://${folder}/x`, utf8Encode("0123456789"));
    for (const size of [10, 0, 9, 11, 1000, 2 ** 40]) {
      expect(Buffer.from(await io.open(`${folder}/x`, size).read()).toString()).toBe("0123456789");
    }
    await io.create(`file://${folder}/empty`, new Uint8Array(0));
    for (const size of [undefined, 0, 1])
      expect(await io.open(`${folder}/empty`, size).read()).toHaveLength(0);
    await expect(io.open(`${folder}/none`, 4).read()).rejects.toMatchObject({ code: "no-such-file" });
  });

  it("read()s under way at the same time answer each its own range, and later ones the file of then", async () => {
    await io.create(`file://${folder}/x`, utf8Encode("0123456789"));
    const file = io.open(`${folder}/x`);
    const at = async (start: number, end: number) => Buffer.from(await file.read({ start, end })).toString();
    expect(await Promise.all([at(0, 3), at(7, 10), at(2, 8), file.size()])).toEqual([
      "012",
      "789",
      "234567",
      10,
    ]);
    const [good, bad] = await Promise.allSettled([at(1, 2), at(5, 11)]);
    expect([good.status, bad.status]).toEqual(["fulfilled", "rejected"]);
    await io.delete(`${folder}/x`);
    const gone = await Promise.allSettled([at(0, 3), at(7, 10)]);
    expect(gone.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await io.create(`file://${folder}/x`, utf8Encode("abcdefghij"));
    expect(await Promise.all([at(0, 3), at(7, 10)])).toEqual(["abc", "hij"]);
  });

  it("read() past the end is corrupt-file with the sizes, a missing file is no-such-file", async () => {
    await io.create(`file://${folder}/x`, utf8Encode("0123456789"));
    await expect(io.open(`${folder}/x`).read({ start: 5, end: 11 })).rejects.toMatchObject({
      code: "corrupt-file",
      context: { start: 5, end: 11, size: 10 },
    });
    await expect(io.open(`${folder}/none`).read()).rejects.toMatchObject({ code: "no-such-file" });
  });

  it("delete() of a missing file is no error", async () => {
    await io.delete(`${folder}/none`);
    await mkdir(`${folder}/folder`);
    await expect(io.delete(`${folder}/folder`)).rejects.toMatchObject({ code: "io-failed" });
  });

  it("refuses another scheme by name", () => {
    expect(() => io.open("s3://bucket/key")).toThrow(/s3:\/\/bucket\/key/);
  });

  it("says that a file system without hard links cannot hold a catalog", () => {
    const refused = Object.assign(new Error("EPERM: link"), { code: "EPERM", syscall: "link" });
    expect(fileError("create", "file:///mnt/x", refused)).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("hard links"),
    });
  });
});

describe("MemoryFileIO", () => {
  it("keeps the same promises: no overwrite, typed errors, ranges", async () => {
    const memory = new MemoryFileIO();
    expect(await memory.create("m://a", utf8Encode("abc"))).toBe("created");
    expect(await memory.create("m://a", [utf8Encode("x")])).toBe("exists");
    expect(Buffer.from(await memory.open("m://a").read({ start: 1, end: 3 })).toString()).toBe("bc");
    await expect(memory.open("m://a").read({ start: 0, end: 4 })).rejects.toMatchObject({
      code: "corrupt-file",
    });
    await expect(memory.open("m://b").size()).rejects.toMatchObject({ code: "no-such-file" });
  });
});

describe("locations", () => {
  it("localPath() takes what follows file:// to the letter (MAN-018)", () => {
    expect(localPath("file:///a/b%2Fc +é")).toBe("/a/b%2Fc +é");
    expect(localPath("file:/a")).toBe("/a");
    expect(localPath("/a")).toBe("/a");
    expect(localPath("a/b")).toBeUndefined();
    expect(localPath("s3://b/k")).toBeUndefined();
  });

  it("joinLocation() puts one slash between base and name", () => {
    expect(joinLocation("file:///a//", "b", "c")).toBe("file:///a/b/c");
  });
});
