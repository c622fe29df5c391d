/** `npm run lint:table -- PATH…`: prints what is wrong with tables as a table; exit code 1 when there is anything. @module */
import { dirname } from "node:path";
import { type Finding, findMetadata, lintTable, RULES, readLocalFile, readMoved } from "./lint.ts";

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.log("npm run lint:table -- FOLDER_OR_METADATA_FILE…   checks these rules:\n");
  for (const [rule, { says, requirements }] of Object.entries(RULES))
    console.log(`  ${rule.padEnd(26)} ${says} (${requirements.join(", ")})`);
  process.exit(2);
}

for (const path of paths) {
  try {
    const findings = await lint(path);
    console.log(`${path}: ${findings.length === 0 ? "no findings" : `${findings.length} findings`}`);
    print(findings);
    if (findings.length > 0) process.exitCode = 1;
  } catch (error) {
    console.error(`${path}: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}

/** A table that was moved, or copied from an object store, is read where it lies. */
async function lint(path: string): Promise<readonly Finding[]> {
  const metadata = await findMetadata(path);
  const moved = await readMoved(dirname(dirname(metadata)));
  const readFile = async (location: string) => await readLocalFile(location).catch(() => moved(location));
  return await lintTable(metadata, { readFile });
}

function print(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const rows = findings.map(({ rule, requirements, file, message }) => [
    rule,
    requirements.join(" "),
    shortName(file),
    message,
  ]);
  const all = [["rule", "requirements", "file", "what"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  for (const row of all)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

/** The last two steps of a location are enough to find it in its table. */
function shortName(location: string): string {
  return location.split("/").slice(-2).join("/");
}
