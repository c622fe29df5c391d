import { describe, expect, test } from "vitest";
import { type CliStream, Output } from "../../../src/cli/output.ts";
import { progressLine, progressOn } from "../../../src/cli/progress.ts";
import { displayWidth } from "../../../src/cli/terminal.ts";
import { Captured } from "./harness.ts";

describe("progressOn()", () => {
  function on(columns: number | undefined, environment: Record<string, string> = {}) {
    const stream = new Captured(columns);
    return {
      stream,
      progress: progressOn(stream as CliStream, new Output(stream as CliStream), environment),
    };
  }

  test("draws on a terminal at once, then rarely, and clears behind itself", async () => {
    const { stream, progress } = on(60);
    for (let done = 0; done <= 1000; done++) await progress.show({ label: "reading", done, total: 1000 });
    const drawn = stream.text.split("\r\x1b[2K").length - 1;
    expect(drawn).toBeGreaterThan(0);
    expect(drawn).toBeLessThan(1000);
    expect(stream.text.startsWith("\r\x1b[2Kreading ")).toBe(true);
    await progress.clear();
    expect(stream.text.endsWith("\r\x1b[2K")).toBe(true);
    const before = stream.text;
    await progress.clear();
    expect(stream.text).toBe(before);
  });

  test.each([
    ["no terminal", undefined, {}],
    ["a dumb terminal", 60, { TERM: "dumb" }],
  ])("draws nothing on %s", async (_what, columns, environment) => {
    const { stream, progress } = on(columns, environment);
    await progress.show({ label: "reading", done: 1, total: 2 });
    await progress.clear();
    expect(stream.text).toBe("");
  });

  test("NO_COLOR takes the colours, not the bar", async () => {
    const { stream, progress } = on(60, { NO_COLOR: "1" });
    await progress.show({ label: "reading", done: 1, total: 2 });
    expect(stream.text).toContain("█");
    expect(stream.text.replace("\r\x1b[2K", "")).not.toContain("\x1b");
  });
});

describe("progressLine()", () => {
  test("has label, bar, share and detail", () => {
    expect(progressLine({ label: "reading a.pb", done: 61, total: 100, detail: "7 rows" }, 60)).toBe(
      `reading a.pb  ${"█".repeat(15)}${"░".repeat(9)}   61 %  7 rows`,
    );
  });

  test("without a total there is no bar", () => {
    expect(progressLine({ label: "reading", done: 5, detail: "5 rows" }, 60)).toBe("reading  5 rows");
  });

  test.each([20, 30, 45, 60, 200])("is never wider than %i columns", (columns) => {
    for (const label of ["a", "a rather long name of a file that nobody wants.jsonl", "文件".repeat(30)]) {
      for (const total of [undefined, 0, 10]) {
        const report = { label, done: 20, detail: "12,345,678 rows", ...(total !== undefined && { total }) };
        expect(displayWidth(progressLine(report, columns))).toBeLessThanOrEqual(columns);
      }
    }
  });
});
