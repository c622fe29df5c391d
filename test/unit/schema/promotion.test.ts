import { describe, expect, it } from "vitest";
import { canPromote, promoteValue, t } from "../../../src/schema/index.ts";

describe("canPromote()", () => {
  it("takes more digits of the same scale only (SCH-060)", () => {
    expect(canPromote(t.decimal(9, 2), t.decimal(10, 2), 1)).toBe(true);
    expect(canPromote(t.decimal(9, 2), t.decimal(9, 2), 1)).toBe(false);
    expect(canPromote(t.decimal(9, 2), t.decimal(8, 2), 3)).toBe(false);
    expect(canPromote(t.decimal(9, 2), t.decimal(10, 3), 3)).toBe(false);
  });

  it("takes unknown to any type, nested ones included, from version 3 (SCH-061)", () => {
    const list = t.list(t.int());
    expect(canPromote(t.unknown(), list, 3)).toBe(true);
    expect(canPromote(t.unknown(), t.variant(), 3)).toBe(true);
    expect(canPromote(t.unknown(), list, 2)).toBe(false);
  });

  it("never makes an instant of a date (SCH-061)", () => {
    expect(canPromote(t.date(), t.timestamptz(), 3)).toBe(false);
    expect(canPromote(t.date(), t.timestamptzNs(), 3)).toBe(false);
  });
});

describe("promoteValue()", () => {
  it("keeps the value in its new form (SCH-100)", () => {
    expect(promoteValue(t.int(), t.long(), 34)).toBe(34n);
    expect(promoteValue(t.float(), t.double(), Math.fround(0.1))).toBe(Math.fround(0.1));
    expect(promoteValue(t.decimal(9, 2), t.decimal(38, 2), 1420n)).toBe(1420n);
    expect(promoteValue(t.date(), t.timestamp(), 17486)).toBe(1_510_790_400_000_000n);
    expect(promoteValue(t.date(), t.timestampNs(), -1)).toBe(-86_400_000_000_000n);
    expect(promoteValue(t.string(), t.string(), "a")).toBe("a");
  });

  it("refuses a day no timestamp can hold instead of wrapping (SCH-061)", () => {
    expect(promoteValue(t.date(), t.timestampNs(), 106_751)).toBe(9_223_286_400_000_000_000n);
    expect(() => promoteValue(t.date(), t.timestampNs(), 106_752)).toThrow(/day 106752 .* out of range/);
    expect(() => promoteValue(t.date(), t.timestampNs(), -106_752)).toThrow(/out of range/);
    expect(() => promoteValue(t.date(), t.timestamp(), 2 ** 31 - 1)).toThrow(/out of range/);
  });

  it("refuses what is no promotion", () => {
    expect(() => promoteValue(t.long(), t.int(), 1n)).toThrow(/Cannot promote long to int/);
  });
});
