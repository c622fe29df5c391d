/**
 * `npm run conformance`: every test, with the requirements they name counted (`reporter.ts`); `-- --readme` writes the
 * README's conformance table from `spec/sections.json` instead.
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { readmeWith, readSections } from "./sections.ts";

if (process.argv.includes("--readme")) {
  writeFileSync("README.md", readmeWith(readFileSync("README.md", "utf8"), readSections()));
  console.log("README.md has the table of spec/sections.json");
} else {
  const vitest = ["vitest", "run", "--config", "test/vitest.conformance.config.ts", ...process.argv.slice(2)];
  const { status } = spawnSync("npx", vitest, { stdio: "inherit", env: { ...process.env, NO_COLOR: "1" } });
  process.exitCode = status ?? 1;
}
