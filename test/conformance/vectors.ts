/** Reading `spec/vectors/`. @module */
import { readdirSync, readFileSync } from "node:fs";
import { fromHex, type Json, type JsonObject, parseJson } from "../../src/base/index.ts";
import {
  type PrimitiveType,
  type PrimitiveValue,
  typeFromString,
  valueFromJson,
} from "../../src/schema/index.ts";
import { decodeValue } from "../../src/values/index.ts";

/** One vector: what goes in, and the expected value or error code. */
export type Vector = JsonObject & { readonly id: string; readonly section: string };

const ROOT = new URL("../../spec/vectors/", import.meta.url);

/** The vectors of one file. */
export function readVectors(name: string): readonly Vector[] {
  return (parseJson(readFileSync(new URL(name, ROOT), "utf8"), name) as JsonObject)
    .vectors as unknown as readonly Vector[];
}

/** The vectors of a folder whose files are one vector each. */
export function readVectorFolder(name: string): readonly Vector[] {
  const folder = new URL(`${name}/`, ROOT);
  return readdirSync(folder)
    .toSorted()
    .map((file) => parseJson(readFileSync(new URL(file, folder), "utf8"), file) as Vector);
}

/** Every JSON file of `spec/vectors/`, relative to it. */
export function vectorFiles(): readonly string[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replaceAll("\\", "/"))
    .toSorted();
}

/** The vectors as rows of `it.each`: id, what it is about, the vector. */
export function cases(
  vectors: readonly Vector[],
  about: (vector: Vector) => string,
): [string, string, Vector][] {
  return vectors.map((vector) => [vector.id, about(vector), vector]);
}

export function primitive(text: Json | undefined): PrimitiveType {
  return typeFromString(String(text)) as PrimitiveType;
}

/** The held value that a vector gives as `json` or, where JSON cannot say it, as `hex`. */
export function heldValue(type: PrimitiveType, { json, hex }: JsonObject): PrimitiveValue | null {
  if (typeof hex === "string") return decodeValue(type, fromHex(hex));
  return json === null || json === undefined ? null : (valueFromJson(type, json) as PrimitiveValue);
}

/** The code of the error that `act` throws. @throws Error when it throws none */
export function codeOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return (error as { readonly code?: unknown }).code ?? error;
  }
  throw new Error("nothing was thrown");
}
