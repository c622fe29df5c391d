/**
 * `npm run size`: what `icewright/core` and the parts of it that plan a scan weigh, bundled for a browser, minified
 * and gzipped. Exits with 1 when the planning part passes its budget. `--parts` says what each folder brings,
 * `--dist DIR` measures another build.
 */
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const dist = resolve(argument("--dist") ?? new URL("../dist", import.meta.url).pathname);
const BUDGET_BYTES = 45_000;

/** `[name, module text, budget]`; the module text is what a user of that part would import. */
const parts = [
  ["core (everything)", 'export * from "./core.js"'],
  [
    "metadata + manifests + planning",
    `export { metadataFromJson } from "./metadata/index.js";
     export { readManifestList, manifestEntries } from "./manifests/index.js";
     export { planFiles } from "./planning/index.js";`,
    BUDGET_BYTES,
  ],
  ["icewright (tables, REST, Parquet)", 'export * from "./index.js"'],
];

for (const [name, contents, budget] of parts) {
  const result = await build({
    stdin: { contents, resolveDir: dist },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    target: "es2022",
    logLevel: "error",
  });
  const bytes = result.outputFiles[0].contents;
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const verdict = budget === undefined ? "" : gzip <= budget ? `within ${kB(budget)}` : `OVER ${kB(budget)}`;
  console.log(`${name.padEnd(36)} ${kB(bytes.length)} minified  ${kB(gzip)} gzip  ${verdict}`.trimEnd());
  if (process.argv.includes("--parts")) printParts(result.metafile);
  if (budget !== undefined && gzip > budget) process.exitCode = 1;
}

/** Bytes each folder of ours and each package brings. */
function printParts(metafile) {
  const sums = new Map();
  for (const [file, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
    const path = resolve(file);
    const part =
      /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ??
      (path.startsWith(`${dist}/`) ? path.slice(dist.length + 1).replace(/\/.*$/, "/") : file);
    sums.set(part, (sums.get(part) ?? 0) + bytesInOutput);
  }
  for (const [part, bytes] of [...sums].sort((a, b) => b[1] - a[1]))
    console.log(`  ${part.padEnd(34)} ${kB(bytes)}`);
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(8);
}

function argument(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
