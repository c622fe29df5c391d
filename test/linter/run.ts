/** `npm run lint:table -- PATH…`: prints what is wrong with tables as a table; exit code 1 when there is anything. @module */
import { type Finding, lintTable, RULES } from "./lint.ts";

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.log("npm run lint:table -- FOLDER_OR_METADATA_FILE…   checks these rules:\n");
  for (const [rule, { says, requirements }] of Object.entries(RULES))
    console.log(`  ${rule.padEnd(26)} ${says} (${requirements.join(", ")})`);
  process.exit(2);
}

let faults = 0;
for (const path of paths) {
  const findings = await lintTable(path);
  faults += findings.length;
  console.log(`${path}: ${findings.length === 0 ? "no findings" : `${findings.length} findings`}`);
  print(findings);
}
process.exitCode = faults > 0 ? 1 : 0;

function print(findings: readonly Finding[]): void {
  const rows = findings.map(({ rule, requirements, file, message }) => [
    rule,
    requirements.join(" "),
    shortName(file),
    message,
  ]);
  if (rows.length === 0) return;
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
