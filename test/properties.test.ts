/** The table of the sixty properties in `test/README.md` names each once, and tests that name it. @module */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
const rows = [...readme.matchAll(/^\| ((?:P\d+, )*P\d+) \| [^|]+ \| (.+) \|$/gm)].map((match) => ({
  numbers: match[1]!.split(", "),
  where: match[2]!,
}));

test("names P1 to P60, each once", () => {
  const all = rows.flatMap(({ numbers }) => numbers);
  expect(all.toSorted()).toEqual(Array.from({ length: 60 }, (_, at) => `P${at + 1}`).toSorted());
});

test.each(rows)("$numbers: the files exist and name them, or a reason stands there", ({ numbers, where }) => {
  if (/^(not there|without a number yet): ./.test(where)) return;
  const files = [...where.matchAll(/`((?:property|unit)\/[\w/-]+)`/g)].map(([, name]) =>
    name!.startsWith("property/") ? `${name}.property.test.ts` : `${name}.test.ts`,
  );
  expect(files.length).toBeGreaterThan(0);
  const texts = files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8"));
  for (const number of numbers) {
    expect(
      texts.some((text) => new RegExp(`\\b${number}\\b`).test(text)),
      `${number} in ${files}`,
    ).toBe(true);
  }
});
