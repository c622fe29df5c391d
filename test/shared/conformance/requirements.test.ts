/** `spec/requirements/` names every requirement of the shared checklists, with its level and versions. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readAreas } from "../../conformance/ledger.ts";

const folder = new URL("../../../../shared/conformance/", import.meta.url);
const ROW = /^\| ([A-Z]{3}-\d{3}) \| (MUST|SHOULD|MAY) \| ([^|]*) \| /;

const listed = new Map<string, string>();
for (const name of readdirSync(folder))
  for (const line of readFileSync(new URL(name, folder), "utf8").split("\n")) {
    const [, id, level, versions] = ROW.exec(line) ?? [];
    if (id !== undefined) listed.set(id, `${level} ${versions!.trim()}`);
  }

describe("spec/requirements/", () => {
  it("has every id of the checklists, and no other, with their level and versions", () => {
    expect(listed.size).toBe(828);
    const ours = readAreas().flatMap(({ requirements }) =>
      Object.entries(requirements).map(([id, { level, versions }]) => [id, `${level} ${versions}`] as const),
    );
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(listed));
  });

  it("enforces the five areas of the format core", () => {
    const enforced = readAreas().filter((area) => area.enforced);
    expect(enforced.map(({ name }) => name)).toEqual([
      "schema",
      "partitioning-sorting",
      "manifests",
      "metadata",
      "puffin",
    ]);
  });
});
