/** The README's TypeScript compiles against the real signatures and runs, in order, in an empty folder. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = new URL("..", import.meta.url).pathname;
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "icewright-docs-"));
  mkdirSync(join(folder, "node_modules"));
  // The library as a stranger sees it: its package.json beside a build of its own.
  const installed = join(folder, "node_modules/icewright");
  mkdirSync(installed);
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync("node", [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", join(installed, "dist")]);
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
  symlinkSync(join(root, "node_modules/@types"), join(folder, "node_modules/@types"));
  symlinkSync(join(root, "node_modules/fast-check"), join(folder, "node_modules/fast-check"));
  cpSync(join(root, "sample"), join(folder, "sample"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [at, block] of blocks.entries()) writeFileSync(join(folder, `example${at}.ts`), block);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("README", () => {
  it("has examples", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(2);
  });

  it("compiles and runs every example", () => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const files = blocks.map((_, at) => `example${at}.ts`);
    const run = (command: string[]) =>
      execFileSync("node", command, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      module: "nodenext",
      types: ["node"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    run([tsc, "-p", "tsconfig.json"]);
    const output = files.map((file) => run([file.replace(".ts", ".js")]));
    expect(output[0]).toMatch(/^\d+n\n.* 7n\n1 \[/);
    expect(output[1]).toMatch(/^2 rows\n/);
    expect(output[2]).toMatch(/append\n\{ ts_month: 669, tenant: 'acme' \} 1\n[\s\S]* umbrella umbrella\n$/);
    expect(output[3]).toMatch(/region: null, account_id: 7n/);
    expect(output[4]).toBe("1 2\n");
    expect(output[5]).toMatch(
      /^\{ considered: 1, skipped: 0, kept: 1 \} \[\]\n7n\n1 \{ min: \d+n, max: \d+n \}\n$/,
    );
    expect(output[6]).toMatch(/lacks/);
    expect(output[7]).toBe("100 25 100\n");
    expect(output[8]).toMatch(
      /^id .*no uuid.*\nat Required, but missing\nn .*1\.5.*\nid: uuid, tags: list\n$/,
    );
  }, 120_000);
});
