/** Imports point one way, packages have one importing folder, and only Node's rooms use `node:` (spec/layers.json). */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";

interface Folder {
  readonly imports: readonly string[];
  readonly packages?: readonly string[];
  readonly node?: readonly string[];
}
interface Layers {
  readonly folders: Readonly<Record<string, Folder>>;
  readonly entries: Readonly<Record<string, { readonly node: boolean }>>;
}

const src = new URL("../src/", import.meta.url);
const layers = JSON.parse(readFileSync(new URL("../spec/layers.json", import.meta.url), "utf8")) as Layers;
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|import\(["']([^"']+)["']\)/g;

/** The module specifiers a source text imports. */
function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2]!);
}

/** What is wrong with a file's imports. */
function faultsOf(folder: string, file: string, text: string): string[] {
  const rule = layers.folders[folder]!;
  const faults: string[] = [];
  for (const target of importsOf(text)) {
    if (target.startsWith("node:")) {
      if (!rule.node?.some((name) => name === "*" || name === file))
        faults.push(`${folder}/${file} uses ${target}`);
    } else if (target.startsWith(".")) {
      const [name, ...room] = posix.join(folder, posix.dirname(file), target).split("/");
      if (name === folder || room.length === 0) continue; // its own rooms, or an entry beside the folders
      if (!rule.imports.includes(name!)) faults.push(`${folder}/${file} imports ${name}`);
      if (!/^(index|node)\.ts$/.test(room.join("/")))
        faults.push(`${folder}/${file} passes the front door of ${name}`);
    } else if (
      !(rule.packages ?? []).some((allowed) => target === allowed || target.startsWith(`${allowed}/`))
    ) {
      faults.push(`${folder}/${file} imports the package ${target}`);
    }
  }
  return faults;
}

describe("layers", () => {
  const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it.each(folders.map((folder) => folder.name))("%s imports only what stands above it", (folder) => {
    expect(layers.folders[folder], `spec/layers.json does not name src/${folder}`).toBeDefined();
    const files = readdirSync(new URL(`${folder}/`, src), { recursive: true, encoding: "utf8" });
    const faults = files
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => faultsOf(folder, file, readFileSync(new URL(`${folder}/${file}`, src), "utf8")));
    expect(faults).toEqual([]);
  });

  it("has no cycle and names only earlier folders", () => {
    const seen = new Set<string>();
    for (const [name, rule] of Object.entries(layers.folders)) {
      for (const target of rule.imports) expect(seen, `${name} -> ${target}`).toContain(target);
      seen.add(name);
    }
  });

  it("keeps node: out of the entries that run everywhere", () => {
    for (const [file, { node }] of Object.entries(layers.entries)) {
      if (node) continue;
      const targets = importsOf(readFileSync(new URL(file, src), "utf8"));
      expect(targets.filter((target) => target.startsWith("node:") || target.endsWith("/node.ts"))).toEqual(
        [],
      );
    }
  });

  it("sees a wrong import, a passed door, a foreign package and a stray node: module", () => {
    const text =
      'import { a } from "../table/index.ts";\nimport { b } from "../schema/schema.ts";\nimport c from "lodash";\nexport * from "node:fs";';
    expect(faultsOf("values", "x.ts", text)).toHaveLength(4);
  });
});
