/** Pictures of plans, read by Python's XML parser. @module */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineSchema, identity, notEq, optional, planSvg, t } from "../../../src/index.ts";
import { fileCatalog } from "../../../src/node.ts";
import type { Engine } from "../harness/engine.ts";
import { linesOf } from "../harness/lines.ts";
import { SOURCES } from "../harness/places.ts";
import { run } from "../harness/run-command.ts";
import { assertEqual, type SuiteContext } from "../harness/suite.ts";
import type { PlannedSubject } from "./plan-tables.ts";

/** A picture and what it must tell. */
interface Picture {
  readonly name: string;
  readonly path: string;
  readonly kept: number;
  readonly all: number;
  /** Names of partitions, as an XML parser must hand them out. */
  readonly labels: readonly string[];
}

/** What Python's XML parser found in a picture. */
interface PictureFacts {
  readonly root: string;
  readonly title: string;
  readonly texts: readonly string[];
}

export async function draw(
  context: SuiteContext,
  { name, table, filters }: PlannedSubject,
  ours: Engine,
): Promise<readonly Picture[]> {
  const { metadata } = table;
  const drawn: Picture[] = [];
  await context.check(name, "icewright", "is drawn", async () => {
    const all = (await ours.call("tell-tasks", { metadata })).rows.length;
    for (const [at, filter] of [undefined, filters[0]].entries()) {
      const { rows } = await ours.call("tell-tasks", { metadata, filter });
      const { svg } = (await ours.call("svg", { metadata, filter })).fields;
      const path = join(context.folder, `${name}-${at}.svg`);
      writeFileSync(path, String(svg));
      drawn.push({ name, path, kept: rows.length, all, labels: [] });
    }
  });
  return drawn;
}

const ODD_NAMES = ["<b>&amp;", `"it's" & <i/>`, "]]>", "<!-- -->", "ü🧊", "a\tb"];

/** Partitions whose names are full of what XML reserves. */
export async function drawOdd(context: SuiteContext): Promise<Picture> {
  const catalog = fileCatalog(join(context.folder, "odd"));
  await catalog.ensureNamespace("a<b");
  const schema = defineSchema({ "org <&>\"'": optional(t.string()) });
  const [column] = ["org <&>\"'"] as const;
  let table = await catalog.createTable(["a<b", "t&u"], schema, { partitionSpec: [identity(column)] });
  ({ table } = await table.append(ODD_NAMES.map((name) => ({ [column]: name }))));
  const path = join(context.folder, "odd.svg");
  writeFileSync(path, planSvg(await table.scan({ filter: notEq(column, ODD_NAMES[0]!) }).explain()));
  return { name: "odd names", path, kept: ODD_NAMES.length - 1, all: ODD_NAMES.length, labels: ODD_NAMES };
}

/** Every picture is XML and says how many files are read. */
export async function judgePictures(context: SuiteContext, pictures: readonly Picture[]): Promise<void> {
  const script = join(SOURCES, "engines", "svg_facts.py");
  const { stdout } = await run("python3", [script, ...pictures.map(({ path }) => path)]);
  const found = linesOf(stdout);
  for (const [at, { name, kept, all, labels }] of pictures.entries()) {
    await context.check(name, "python", "the picture of a plan is XML and tells of every file", async () => {
      const facts = JSON.parse(found[at] ?? "null") as PictureFacts & { readonly error?: string };
      if (facts.error !== undefined) throw new Error(facts.error);
      assertEqual(facts.root, "{http://www.w3.org/2000/svg}svg", "the root");
      if (!facts.title.endsWith(`: ${kept} of ${all} files to read`))
        throw new Error(`title: ${facts.title}`);
      const missing = labels.find((label) => !facts.texts.includes(label));
      if (missing !== undefined)
        throw new Error(`no text is ${JSON.stringify(missing)}: ${facts.texts.join(" | ")}`);
    });
  }
}
