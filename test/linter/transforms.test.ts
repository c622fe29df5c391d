/** The linter's own transforms against the values that the specification gives. */
import { describe, expect, it } from "vitest";
import { murmur3, transformOf } from "./transforms.ts";
import { parsePrimitive } from "./types.ts";
import type { LintValue } from "./values.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const apply = (transform: string, type: string, value: LintValue | null) =>
  transformOf(transform, parsePrimitive(type))?.(value);

describe("transformOf()", () => {
  it("hashes the examples of the specification (PRT-011)", () => {
    expect(murmur3(utf8("iceberg"))).toBe(1210000089n);
    expect(murmur3(utf8(""))).toBe(0n);
    expect(murmur3(new Uint8Array([0, 1, 2, 3]))).toBe(-188683207n);
    const uuid = Buffer.from("f79c3e09677c4bbda4793f349cb785e7", "hex");
    expect(murmur3(uuid)).toBe(1488055340n);
    const masked = (hash: bigint) => (hash & 0x7fffffffn) % 1_000_000_007n;
    expect(apply("bucket[1000000007]", "int", 34n)).toBe(masked(2017239379n));
    expect(apply("bucket[1000000007]", "long", -(2n ** 63n))).toBe(masked(1366273829n));
    expect(apply("bucket[1000000007]", "decimal(9, 2)", 1420n)).toBe(masked(-500754589n));
    expect(apply("bucket[1000000007]", "decimal(9, 2)", -1n)).toBe(masked(-43192051n));
    expect(apply("bucket[1000000007]", "date", 17486n)).toBe(masked(-653330422n));
    expect(apply("bucket[1000000007]", "timestamp_ns", 1510871468000001001n)).toBe(masked(-1207196810n));
  });

  it("counts years, months, days and hours by floor (PRT-007, PRT-010)", () => {
    const at = BigInt(Date.UTC(2017, 11, 1, 10, 12, 55)) * 1000n + 38_194n;
    const units = ["year", "month", "day", "hour"];
    expect(units.map((unit) => apply(unit, "timestamp", at))).toEqual([47n, 575n, 17501n, 420034n]);
    expect(units.map((unit) => apply(unit, "timestamptz_ns", -1n))).toEqual([-1n, -1n, -1n, -1n]);
    expect(apply("hour", "timestamp", -3_599_000_001n)).toBe(-1n);
    for (let day = -800_000; day < 800_000; day += 97) {
      const date = new Date(day * 86_400_000);
      const month = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
      expect(apply("month", "date", BigInt(day))).toBe(BigInt(month));
    }
  });

  it("truncates downward and by code points (PRT-018 to PRT-021)", () => {
    expect([1n, -1n, -10n].map((value) => apply("truncate[10]", "int", value))).toEqual([0n, -10n, -10n]);
    expect(apply("truncate[50]", "decimal(9, 2)", 1065n)).toBe(1050n);
    expect(apply("truncate[1]", "string", utf8("🧊x"))).toEqual(utf8("🧊"));
    expect(apply("truncate[2]", "binary", new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([1, 2]));
  });

  it("keeps null, and knows what it does not take (PRT-001, PRT-002)", () => {
    expect(apply("bucket[4]", "int", null)).toBeNull();
    expect(apply("void", "int", 4n)).toBeNull();
    expect(apply("hour", "date", 4n)).toBeUndefined();
    expect(apply("bucket[4]", "double", 4)).toBeUndefined();
    expect(apply("zorder[3]", "int", 4n)).toBeUndefined();
  });
});
