/** `spec/sections.json`: what the library does of each section of the specifications, and the README's table of it. @module */
import { readFileSync } from "node:fs";

/** Both ways, one way, some of it, or nothing. */
export type SectionStatus = "full" | "read" | "write" | "partial" | "none";

/** One section of a specification. */
export interface Section {
  readonly section: string;
  readonly status: SectionStatus;
  /** What is missing, or why; required of anything but `full`. */
  readonly note?: string;
  /** Folders of `src/` that implement it. */
  readonly folders: readonly string[];
  /** Files of `spec/vectors/` and test files that prove it, relative to the project. */
  readonly proof: readonly string[];
}

/** The heading under which the README's table stands, and the marks around it. */
const START = "<!-- conformance: from spec/sections.json, written by `npm run conformance -- --readme` -->";
const END = "<!-- /conformance -->";

/** The sections in their order. */
export function readSections(): readonly Section[] {
  const file = new URL("spec/sections.json", projectRoot());
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly sections: readonly Section[] }).sections;
}

/** The project's folder, also when this file runs from a build below `.interop/`. */
export function projectRoot(): URL {
  const here = import.meta.url;
  const built = here.indexOf("/.interop/");
  return built < 0 ? new URL("../..", here) : new URL(here.slice(0, built + 1));
}

/** The table in Markdown. */
export function sectionTable(sections: readonly Section[]): string {
  const rows = sections.map(
    ({ section, status, note, folders }) =>
      `| ${section} | ${status}${note === undefined ? "" : `: ${note}`} | ${folders.map((name) => `\`${name}/\``).join(" ")} |`,
  );
  return ["| section of the specification | state | code |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The README with its table replaced. @throws Error when the marks are missing */
export function readmeWith(readme: string, sections: readonly Section[]): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start < 0 || end < start) throw new Error(`README.md lacks ${START} … ${END}`);
  return `${readme.slice(0, start)}${START}\n\n${sectionTable(sections)}\n\n${readme.slice(end)}`;
}
