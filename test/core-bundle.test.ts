/** What `icewright/core` promises of itself, held against the bundle an edge runtime would load. @module */
import { execFileSync } from "node:child_process";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const bundled = await build({
  entryPoints: [new URL("../src/core.ts", import.meta.url).pathname],
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "esm",
  platform: "browser",
  external: ["node:*"],
  logLevel: "silent",
});
const modules = Object.entries(bundled.metafile.inputs);
const text = bundled.outputFiles[0]!.text;

/** Code that a Worker's request handler may not run, or that the format core has no business with. */
const FORBIDDEN = [/\beval\s*\(/, /\bFunction\s*\(/, /\bfetch\s*\(/, /\bXMLHttpRequest\b/, /\bimport\s*\(/];

describe("icewright/core", () => {
  beforeAll(() => expect(modules.length).toBeGreaterThan(80));

  it("imports no node: module and leaves no import unresolved", () => {
    const external = modules.flatMap(([file, { imports }]) =>
      imports.filter((target) => target.external === true).map((target) => `${file} -> ${target.path}`),
    );
    expect(external).toEqual([]);
  });

  it("has in its module graph no importer of hyparquet and nothing that does I/O", () => {
    const strangers = modules
      .map(([file]) => file)
      .filter((file) =>
        /hyparquet|avsc|\/uuid\/|(^|\/)src\/(parquet|io|catalog|planning|reading|table)\//.test(file),
      );
    expect(strangers).toEqual([]);
  });

  it("holds no eval, no Function constructor, no fetch and no import at run time", () => {
    expect(FORBIDDEN.filter((pattern) => pattern.test(text))).toEqual([]);
  });

  it("runs where code generation is disallowed", () => {
    const use = `const core = await import("data:text/javascript;base64,${Buffer.from(text).toString("base64")}");
      const schema = core.defineSchema({ id: core.required(core.t.long()) });
      const keep = core.bind(core.parseExpression("id > 9007199254740993"), schema);
      console.log(core.toText(core.parseExpression("id > 9007199254740993")), typeof keep);`;
    const printed = execFileSync(
      process.execPath,
      ["--disallow-code-generation-from-strings", "--input-type=module", "-"],
      { encoding: "utf8", input: use },
    );
    expect(printed).toBe("id > 9007199254740993 object\n");
  });
});
