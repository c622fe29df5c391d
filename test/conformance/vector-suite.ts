/** A suite over one file of vectors; every test's title starts with the vector's id. @module */
import { describe, it } from "vitest";
import { type Json, stringifyJson } from "../../src/base/index.ts";
import { cases, readVectors, type Vector } from "./vectors.ts";

export function suite(
  file: string,
  about: (vector: Vector) => string,
  check: (vector: Vector) => void,
): void {
  describe(file, () => {
    it.each(cases(readVectors(file), about))("%s: %s", (_, __, vector) => check(vector));
  });
}

/** JSON as text: longs and floats compare as they are written. */
export const plain = (value: unknown) => (value === undefined ? "" : stringifyJson(value as Json));
export const text = (value: Json | undefined) => plain(value);
