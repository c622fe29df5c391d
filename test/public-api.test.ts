/** The public surface, pinned: a name that appears or disappears here is a decision, not an accident. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
};
const pinned = JSON.parse(readFileSync(new URL("public-api.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly string[]>
>;
const entries = Object.entries(manifest.exports).filter(([entry]) => entry !== "./package.json");

describe("public API", () => {
  it("has no entry without a pinned list", () => {
    expect(entries.map(([entry]) => entry).sort()).toEqual(Object.keys(pinned).sort());
  });

  it.each(entries)("%s exports exactly its pinned names", async (entry, target) => {
    const file = (target as { readonly default: string }).default
      .replace("./dist/", "../src/")
      .replace(/\.js$/, ".ts");
    const names = Object.keys((await import(file)) as object).sort();
    expect(names).toEqual(pinned[entry]);
  });
});
