/** Files of ../shared/otlp. An absent folder fails the test that asks for it. @module */
import { readFileSync } from "node:fs";

const root = new URL("../../../../shared/otlp/", import.meta.url);

export const JSON_TYPE = { contentType: "application/json" };

/** Bytes of a fixture. */
export function bytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, root)));
}

/** Lines of a JSONL fixture, each as the bytes of one request. */
export function lines(path: string): Uint8Array[] {
  return readFileSync(new URL(path, root), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => new TextEncoder().encode(line));
}

/** Objects of a JSONL file of expectations. */
export function expectations<T>(path: string): T[] {
  return lines(path).map((line) => JSON.parse(new TextDecoder().decode(line)) as T);
}

/** Canonical JSON row: timestamps as text in UTC, longs as numbers. */
export function plainRow(row: object, omit: readonly string[]): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (omit.includes(name)) continue;
    plain[name] =
      typeof value !== "bigint" ? value : name === "event_timestamp" ? instant(value) : Number(value);
  }
  return plain;
}

function instant(micros: bigint): string {
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, "0")}Z`;
}
