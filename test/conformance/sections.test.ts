/** `spec/` agrees with the code, the tests and the README. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as errors from "../../src/base/errors.ts";
import { projectRoot, readmeWith, readSections, type SectionStatus, sectionTable } from "./sections.ts";
import { readVectorFolder, readVectors, vectorFiles } from "./vectors.ts";

const text = (path: string) => readFileSync(new URL(path, projectRoot()), "utf8");
const sections = readSections();
const SUPPORTED: readonly SectionStatus[] = ["full", "read", "write", "partial"];

describe("spec/sections.json", () => {
  it.each(sections)(
    "$section: its folders and proofs exist, and a gap is told",
    ({ status, note, folders, proof }) => {
      for (const path of proof) expect(existsSync(new URL(path, projectRoot())), path).toBe(true);
      for (const folder of folders)
        expect(existsSync(new URL(`src/${folder}/index.ts`, projectRoot())), folder).toBe(true);
      expect([...SUPPORTED, "none"]).toContain(status);
      if (status !== "full") expect(note, "what is missing").toMatch(/.{10}/);
      if (status === "none") expect(proof).toEqual([]);
      else expect(proof.length, "a supported section has a vector or a test").toBeGreaterThan(0);
    },
  );

  it("names the section of every vector, and lists the file among its proofs", () => {
    const proofs = new Map(sections.map(({ section, proof }) => [section, proof]));
    const flat = vectorFiles().filter((file) => !file.startsWith("metadata/"));
    for (const file of flat)
      for (const section of new Set(readVectors(file).map((vector) => vector.section)))
        expect(proofs.get(section), section).toContain(`spec/vectors/${file}`);
    for (const folder of ["metadata/valid", "metadata/invalid"])
      for (const { section, id } of readVectorFolder(folder)) expect(proofs.has(section), id).toBe(true);
  });

  it("is the README's table", () => {
    expect(readmeWith(text("README.md"), sections), "run `npm run conformance -- --readme`").toBe(
      text("README.md"),
    );
    expect(sectionTable(sections.slice(0, 1))).toContain("| Schemas and Data Types | full | `schema/` |");
    expect(() => readmeWith("# none", sections)).toThrow(/lacks/);
  });
});

describe("spec/vectors/", () => {
  it("has ids that are unique, a section and an outcome each", () => {
    const all = [
      ...vectorFiles()
        .filter((file) => !file.startsWith("metadata/"))
        .flatMap((file) => readVectors(file)),
      ...readVectorFolder("metadata/valid"),
      ...readVectorFolder("metadata/invalid"),
    ];
    expect(all.length).toBeGreaterThan(600);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { section } of all) expect(section).toMatch(/\w/);
  });

  it("has no file that no suite runs", () => {
    const folder = new URL("test/conformance/", projectRoot());
    const suites = readdirSync(folder).filter((name) => name.startsWith("vectors-"));
    const sources = suites.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
    for (const file of vectorFiles())
      expect(sources, file).toContain(
        file.startsWith("metadata/") ? `"${file.split("/").slice(0, 2).join("/")}"` : `"${file}"`,
      );
  });

  it("names the fault of an invalid file in the file's name", () => {
    const folder = new URL("spec/vectors/metadata/invalid/", projectRoot());
    for (const name of readdirSync(folder)) {
      const { id } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { readonly id: string };
      expect(id).toBe(`metadata-invalid-${name.replace(".json", "")}`);
    }
  });
});

describe("spec/errors.json", () => {
  const listed = (
    JSON.parse(text("spec/errors.json")) as {
      readonly errors: Readonly<
        Record<string, { readonly class: string; readonly retryable: boolean; readonly meaning: string }>
      >;
    }
  ).errors;

  it("has the codes of src/base/errors.ts", () => {
    const source = text("src/base/errors.ts");
    const union = source.slice(
      source.indexOf("export type ErrorCode"),
      source.indexOf("/** What an error carries"),
    );
    const codes = [...union.matchAll(/^ {2}\| "([a-z-]+)"/gm)].map((match) => match[1]!);
    expect(Object.keys(listed).toSorted()).toEqual(codes.toSorted());
  });

  it.each(Object.entries(listed))("%s: its class and whether repeating may help", (code, expected) => {
    const known = errors as unknown as Record<string, new (...args: string[]) => errors.IcebergError>;
    const made =
      expected.class === "IcebergError"
        ? new known.IcebergError!(code, "m")
        : new known[expected.class]!("m");
    expect([made.code, made.retryable, made.name]).toEqual([code, expected.retryable, expected.class]);
    expect(expected.meaning).toMatch(/\.$/);
  });
});
