/** Global set-up of `npm run test:linted`: counts the tables looked at, and fails when there were none. @module */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "icewright-linted-"));
  const file = join(folder, "tally");
  process.env.ICEWRIGHT_LINTED = file;
  return () => {
    const kinds = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    rmSync(folder, { recursive: true, force: true });
    const counts = new Map<string, number>();
    for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const told = [...counts].sort().map(([kind, count]) => `${count} ${kind}`);
    console.log(`tables held against the linter: ${told.join(", ")}`);
    if (!counts.has("whole"))
      throw new Error("No table was held against the linter: is the set-up file broken?");
  };
}
