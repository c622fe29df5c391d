/**
 * `npm run test:package`: packs the library, installs the tarball in an empty project outside the checkout and
 * uses it as a stranger would: types under TypeScript 5 and 7, every entry imported, the command run.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "icewright-package-"));
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

try {
  run("npm", ["run", "--silent", "build"], root);
  run("npx", ["publint", "--strict"], root);
  run("npm", ["pack", "--silent", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  const size = statSync(join(folder, tarball)).size;

  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  run("npm", [
    "install",
    "--silent",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    `./${tarball}`,
    "typescript@5.9.3",
    // The peer of `icewright/testing`, in the version the project has.
    `fast-check@${manifest.devDependencies["fast-check"]}`,
  ]);
  cpSync(new URL("consumer.ts", import.meta.url), join(folder, "consumer.ts"));

  const entries = Object.keys(manifest.exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => entry.replace(/^\./, manifest.name));
  const count = (entry) =>
    Number(
      run("node", ["--input-type=module", "-e", `console.log(Object.keys(await import("${entry}")).length)`]),
    );
  // Everything but `icewright/arrow` must do without Arrow.
  for (const entry of entries.filter((name) => name !== "icewright/arrow")) {
    if (count(entry) === 0) throw new Error(`${entry} exports nothing`);
  }
  const options = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    target: "es2022",
    types: [],
  };
  // The project's own compiler is TypeScript 7; the stranger's is 5.
  for (const home of [root, folder]) {
    const tsc = join(home, "node_modules", "typescript", "bin", "tsc");
    for (const [module, moduleResolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ]) {
      const config = { compilerOptions: { ...options, module, moduleResolution }, files: ["consumer.ts"] };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
      run("node", [tsc, "-p", "tsconfig.json"]);
    }
  }
  // The kit under Node's own test runner, with nothing else installed.
  cpSync(new URL("kit.mjs", import.meta.url), join(folder, "kit.test.mjs"));
  const kit = run("node", ["--test", "--test-reporter=tap", "kit.test.mjs"]);
  if (!/^# pass 3$/m.test(kit) || !/^# fail 0$/m.test(kit)) throw new Error(`the kit failed:\n${kit}`);

  const arrow = `apache-arrow@${manifest.devDependencies["apache-arrow"]}`;
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", arrow]);
  if (count("icewright/arrow") === 0) throw new Error("icewright/arrow exports nothing");

  const version = run("npx", ["icewright", "--version"]).trim();
  if (!version.includes(manifest.version)) throw new Error(`icewright --version printed ${version}`);
  console.log(
    `package: ${entries.length} entries, ${(size / 1024).toFixed(0)} KiB packed, types under TypeScript 5 and 7`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
