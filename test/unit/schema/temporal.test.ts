/** ISO text of dates, times and timestamps. @module */
import { describe, expect, test } from "vitest";
import {
  civilFromDays,
  daysFromCivil,
  formatDate,
  formatTime,
  formatTimestamp,
  parseDate,
  parseTime,
  parseTimestamp,
} from "../../../src/schema/index.ts";

describe("dates", () => {
  test("parseDate() and formatDate() agree on the edges of calendar and int32 (SCH-053)", () => {
    const days: [string, number][] = [
      ["1970-01-01", 0],
      ["1969-12-31", -1],
      ["2000-02-29", 11016],
      ["1900-03-01", -25508],
      ["0000-01-01", -719528],
      ["-0001-01-01", -719893],
      ["+10000-01-01", 2932897],
      ["+5881580-07-11", 2 ** 31 - 1],
      ["-5877641-06-23", -(2 ** 31)],
    ];
    for (const [text, day] of days) {
      expect(parseDate(text), text).toBe(day);
      expect(formatDate(day)).toBe(text);
    }
  });

  test.each([
    "2023-02-29",
    "1900-02-29",
    "2023-13-01",
    "2023-00-01",
    "2023-04-31",
    "2023-1-1",
    "23-01-01",
    "",
  ])("parseDate() refuses %s", (text) => {
    expect(() => parseDate(text)).toThrow(/Cannot read .* as a date: use YYYY-MM-DD/);
  });

  test("parseDate() refuses days past int32", () => {
    expect(() => parseDate("+5881580-07-12")).toThrow(/Cannot read/);
    expect(() => parseDate("-5877641-06-22")).toThrow(/Cannot read/);
  });

  test("civilFromDays() at the turn of eras of 400 years", () => {
    for (const year of [-401, -400, -1, 0, 399, 400, 1600, 2000, 2400]) {
      expect(civilFromDays(daysFromCivil(year, 2, 28))).toEqual({ year, month: 2, day: 28 });
      expect(civilFromDays(daysFromCivil(year, 3, 1))).toEqual({ year, month: 3, day: 1 });
      expect(civilFromDays(daysFromCivil(year, 12, 31))).toEqual({ year, month: 12, day: 31 });
    }
  });
});

describe("times", () => {
  test("parseTime() takes 0 to 6 digits and no seconds (SCH-052)", () => {
    expect(parseTime("22:31:08.123456")).toBe(81068123456n);
    expect(parseTime("22:31:08.1")).toBe(81068100000n);
    expect(parseTime("22:31:08")).toBe(81068000000n);
    expect(parseTime("22:31")).toBe(81060000000n);
    expect(parseTime("00:00:00.000001000")).toBe(1n);
  });

  test.each(["24:00:00", "23:60:00", "23:59:60", "1:02:03", "12:00:00.0000001", "12:00:00."])(
    "parseTime() refuses %s",
    (text) => {
      expect(() => parseTime(text)).toThrow(/as a time/);
    },
  );

  test("formatTime() in each fraction style", () => {
    expect(formatTime(81068100000n)).toBe("22:31:08.1");
    expect(formatTime(81068100000n, "groups")).toBe("22:31:08.100");
    expect(formatTime(81068100000n, "full")).toBe("22:31:08.100000");
    expect(formatTime(0n)).toBe("00:00:00");
    expect(formatTime(0n, "full")).toBe("00:00:00.000000");
  });
});

describe("timestamps", () => {
  const micros = { unit: "micros", zone: "optional" } as const;

  test("parseTimestamp() applies offsets and the unit", () => {
    expect(parseTimestamp("2017-12-01T10:12:55.038194", micros)).toBe(1512123175038194n);
    expect(parseTimestamp("2017-12-01T10:12:55.038194-08:00", micros)).toBe(1512151975038194n);
    expect(parseTimestamp("2017-12-01 10:12:55Z", micros)).toBe(1512123175000000n);
    expect(parseTimestamp("1969-12-31T23:59:59.999999999", { unit: "nanos", zone: "forbidden" })).toBe(-1n);
    expect(parseTimestamp("1970-01-01T00:00+00:00:01", micros)).toBe(-1000000n);
  });

  test("parseTimestamp() enforces the zone rule (SCH-051)", () => {
    const parse = (text: string, zone: "required" | "forbidden" | "utc") =>
      parseTimestamp(text, { unit: "micros", zone });
    expect(() => parse("2017-12-01T00:00:00", "required")).toThrow(/use .*\+HH:MM/);
    expect(() => parse("2017-12-01T00:00:00Z", "forbidden")).toThrow(/without offset/);
    expect(() => parse("2017-12-01T00:00:00+01:00", "utc")).toThrow(/\+00:00/);
    expect(() => parse("2017-12-01T00:00:00", "utc")).toThrow(/\+00:00/);
    expect(parse("1970-01-01T00:00:00-00:00", "utc")).toBe(0n);
    expect(parse("1970-01-01T00:00:00Z", "utc")).toBe(0n);
  });

  test("parseTimestamp() neither rounds nor wraps", () => {
    expect(() => parseTimestamp("2017-12-01T00:00:00.0000001", micros)).toThrow(/as a timestamp/);
    expect(parseTimestamp("2017-12-01T00:00:00.1234560", micros)).toBe(1512086400123456n);
    expect(() =>
      parseTimestamp("2262-04-11T23:47:16.854775808", { unit: "nanos", zone: "forbidden" }),
    ).toThrow(/64 bits of nanos/);
    expect(() => parseTimestamp("2017-12-01T00:00:00+19:00", micros)).toThrow(/as a timestamp/);
  });

  test("formatTimestamp() over the whole int64 range (SCH-053)", () => {
    const max = 2n ** 63n - 1n;
    expect(formatTimestamp(max, { unit: "nanos", zone: "Z" })).toBe("2262-04-11T23:47:16.854775807Z");
    expect(formatTimestamp(max, { unit: "micros" })).toBe("+294247-01-10T04:00:54.775807");
    expect(formatTimestamp(-max - 1n, { unit: "micros" })).toBe("-290308-12-21T19:59:05.224192");
    for (const value of [max, -max - 1n, -1n, 0n]) {
      for (const unit of ["micros", "nanos"] as const) {
        const text = formatTimestamp(value, { unit, fraction: "full", zone: "+00:00" });
        expect(parseTimestamp(text, { unit, zone: "utc" })).toBe(value);
      }
    }
  });
});
