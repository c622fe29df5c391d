import { describe, expect, test } from "vitest";
import {
  catalogMetadataName,
  hadoopMetadataName,
  metadataCodec,
  metadataFileVersion,
  metadataFolder,
  parseMetadataFileName,
  stripTrailingSlash,
} from "../../../src/metadata/index.ts";

const UUID = "0b6f6a68-65aa-4e4e-b520-3f5d7b70c2a1";

describe("parseMetadataFileName()", () => {
  test.each([
    ["s3://b/t/metadata/v12.metadata.json", { layout: "hadoop", version: 12, codec: "none" }],
    ["v3.gz.metadata.json", { layout: "hadoop", version: 3, codec: "gzip" }],
    ["v3.metadata.json.gz", { layout: "hadoop", version: 3, codec: "gzip" }],
    [`m/00007-${UUID}.metadata.json`, { layout: "catalog", version: 7, codec: "none", uuid: UUID }],
    [`00007-${UUID}.gz.metadata.json`, { layout: "catalog", version: 7, codec: "gzip", uuid: UUID }],
    [`00007-${UUID}.metadata.json.gz`, { layout: "catalog", version: 7, codec: "gzip", uuid: UUID }],
  ])("%s (MET-061, MET-062, MET-064)", (path, name) => {
    expect(parseMetadataFileName(path)).toEqual(name);
  });

  test.each([
    "foo.metadata.json",
    "vfinal.metadata.json",
    "v1.json",
    "v1.metadata.jsonx",
    "",
    "v-1.metadata.json",
  ])("%j has no version: -1, so the next is 0 (MET-061, MET-066)", (path) => {
    expect(parseMetadataFileName(path)).toBeUndefined();
    expect(metadataFileVersion(path)).toBe(-1);
  });
});

test("catalogMetadataName() pads to five digits and does not cut (MET-061)", () => {
  expect(catalogMetadataName(0, UUID)).toBe(`00000-${UUID}.metadata.json`);
  expect(catalogMetadataName(123456, UUID, "gzip")).toBe(`123456-${UUID}.gz.metadata.json`);
  expect(hadoopMetadataName(4, "gzip")).toBe("v4.gz.metadata.json");
});

test("metadataCodec() takes none and gzip in any case, nothing else (MET-063)", () => {
  const codec = (value: string) => metadataCodec(new Map([["write.metadata.compression-codec", value]]));
  expect(metadataCodec(new Map())).toBe("none");
  expect(codec("GZip")).toBe("gzip");
  expect(() => codec("zstd")).toThrowError(/set it to none or gzip/);
});

test("metadataFolder() is write.metadata.path or below the table (MET-061)", () => {
  expect(metadataFolder("s3://b/t/", new Map())).toBe("s3://b/t/metadata");
  expect(metadataFolder("s3://b/t", new Map([["write.metadata.path", "s3://x/m/"]]))).toBe("s3://x/m");
});

test("stripTrailingSlash() keeps a bare scheme and the root (MET-012)", () => {
  expect(stripTrailingSlash("s3://b/t//")).toBe("s3://b/t");
  expect(stripTrailingSlash("file:///")).toBe("file://");
  expect(stripTrailingSlash("s3://")).toBe("s3://");
  expect(stripTrailingSlash("/")).toBe("/");
});
