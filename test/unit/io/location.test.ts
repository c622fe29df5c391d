import { describe, expect, it } from "vitest";
import { comparableLocation, isBelow } from "../../../src/io/index.ts";

describe("comparableLocation()", () => {
  it.each([
    ["file:///a/b", "/a/b"],
    ["file:/a/b", "file:///a//b"],
    ["s3a://bucket/k", "s3://bucket/k"],
    ["S3N://bucket/k", "s3://bucket/k"],
    ["hdfs://nn1:8020/a", "hdfs://nn2/a"],
    ["hdfs:///a", "hdfs://nn/a"],
  ])("%s and %s are one file", (a, b) => {
    expect(comparableLocation(a)).toBe(comparableLocation(b));
  });

  it.each([
    ["s3://bucket/k", "s3://other/k"],
    ["s3://bucket/a//b", "s3://bucket/a/b"],
    ["s3://bucket/k", "s3://bucket/K"],
    ["file:///a%20b", "file:///a b"],
    ["gs://bucket/k", "s3://bucket/k"],
  ])("%s and %s are two", (a, b) => {
    expect(comparableLocation(a)).not.toBe(comparableLocation(b));
  });
});

describe("isBelow()", () => {
  it.each([
    ["file:///w/t/data/a", "/w/t", true],
    ["/w/t/data/a", "file:///w/t/", true],
    ["s3a://b/t/x", "s3://b/t", true],
    ["file:///w/t2/a", "file:///w/t", false],
    ["file:///w/t", "file:///w/t", false],
    ["file:///w/t/../u/a", "file:///w/t", false],
    ["file:///w/t/./a", "file:///w/t", false],
  ])("%s below %s: %s", (location, folder, below) => {
    expect(isBelow(location, folder)).toBe(below);
  });
});
