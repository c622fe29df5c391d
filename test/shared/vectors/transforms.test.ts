/** Hash, bucket, truncate and time transforms against the shared vectors. @module */
import { describe, expect, test } from "vitest";
import {
  applyTransform,
  humanString,
  parseTransform,
  transformApplies,
  transformResultType,
} from "../../../src/partitioning/index.ts";
import { hashValue, murmur3 } from "../../../src/values/index.ts";
import { held, primitive, vectors } from "./held.ts";

interface Bucket {
  not_bucketable: string[];
  hashes: { type: string; value: unknown; hash: number; internal?: number | string }[];
  reserved_hashes_for_unbucketable_types: { type: string; value: unknown; hash: number }[];
  buckets: { type: string; value: unknown; n: number; bucket: number | null }[];
}
const bucketFile = vectors<Bucket>("bucket.json");

describe("bucket.json", () => {
  test("hashValue() meets every hash, and text gives the internal value (PRT-011)", () => {
    expect(bucketFile.hashes.length).toBe(133);
    for (const { type: text, value, hash, internal } of bucketFile.hashes) {
      const type = primitive(text);
      expect(hashValue(type, held(type, value)!), `${text} ${value}`).toBe(hash);
      if (internal !== undefined)
        expect(String(held(type, value)), `${text} ${value}`).toBe(String(internal));
    }
  });

  test("hashValue() meets the hashes of types that cannot be bucketed (PRT-011)", () => {
    for (const { type: text, value, hash } of bucketFile.reserved_hashes_for_unbucketable_types) {
      const type = primitive(text);
      expect(hashValue(type, held(type, value)!), `${text} ${value}`).toBe(hash);
    }
  });

  test("bucket[N] meets every result, null included (PRT-002, PRT-012)", () => {
    expect(bucketFile.buckets.length).toBe(470);
    for (const { type: text, value, n, bucket } of bucketFile.buckets) {
      const type = primitive(text);
      const apply = applyTransform(parseTransform(`bucket[${n}]`), type);
      expect(apply(held(type, value)), `${text} ${value} % ${n}`).toBe(bucket);
    }
  });

  test("bucket does not apply to the types listed (PRT-001)", () => {
    const nested: Record<string, "struct" | "list" | "map"> = { struct: "struct", list: "list", map: "map" };
    for (const text of bucketFile.not_bucketable.filter((name) => nested[name] === undefined)) {
      expect(transformApplies(parseTransform("bucket[4]"), primitive(text)), text).toBe(false);
    }
  });
});

interface Truncate {
  invalid_widths: number[];
  not_truncatable: string[];
  cases: { type: string; width: number; value: unknown; expected: unknown }[];
}
const truncateFile = vectors<Truncate>("truncate.json");

describe("truncate.json", () => {
  test("truncate[W] meets every result (PRT-018 to PRT-021)", () => {
    expect(truncateFile.cases.length).toBe(85);
    for (const { type: text, width, value, expected } of truncateFile.cases) {
      const type = primitive(text);
      const result = applyTransform(parseTransform(`truncate[${width}]`), type)(held(type, value));
      expect(result, `${text} ${value} to ${width}`).toEqual(held(type, expected));
    }
  });

  test("truncate does not apply to the types listed, nor take the widths listed (PRT-001, PRT-003)", () => {
    for (const text of truncateFile.not_truncatable) {
      const type = text === "fixed" ? primitive("fixed[4]") : primitive(text);
      expect(transformApplies(parseTransform("truncate[4]"), type), text).toBe(false);
    }
    expect(() => parseTransform("truncate[0]")).toThrow(/between 1 and/);
    expect(truncateFile.invalid_widths).toContain(0);
  });
});

type Unit = "year" | "month" | "day" | "hour";
interface TemporalCase {
  type: string;
  value: unknown;
  internal: number | string;
  human: Record<string, string>;
  year: number;
  month: number;
  day: number;
  hour?: number;
}

test("temporal-transforms.json: ordinals, text of ordinals and result types (PRT-007 to PRT-010, PRT-048)", () => {
  const { cases } = vectors<{ cases: TemporalCase[] }>("temporal-transforms.json");
  expect(cases.length).toBe(41);
  for (const item of cases) {
    const type = primitive(item.type);
    const value = held(type, item.value);
    expect(String(value), `${item.type} ${item.value}`).toBe(String(item.internal));
    for (const unit of ["year", "month", "day", "hour"] satisfies Unit[]) {
      const transform = parseTransform(unit);
      expect(transformApplies(transform, type)).toBe(item[unit] !== undefined);
      if (item[unit] === undefined) continue;
      const ordinal = applyTransform(transform, type)(value);
      expect(ordinal, `${unit} of ${item.type} ${item.value}`).toBe(item[unit]);
      expect(humanString(transform, type, ordinal), `${unit} of ${item.value}`).toBe(item.human[unit]);
      expect(transformResultType(transform, type).kind).toBe(unit === "day" ? "date" : "int");
    }
  }
});

test("location-provider.json: murmur3 of names gives the directories (PRT-050)", () => {
  const { hashes } = vectors<{ hashes: { file: string; hash_dirs: string }[] }>("location-provider.json");
  for (const { file, hash_dirs } of hashes) {
    const bits = ((murmur3(new TextEncoder().encode(file)) | 0x80000000) >>> 0).toString(2).slice(-20);
    const dirs = [bits.slice(0, 4), bits.slice(4, 8), bits.slice(8, 12), bits.slice(12)].join("/");
    expect(dirs, file).toBe(hash_dirs);
  }
});
