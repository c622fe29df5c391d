/** What a deliberate fault is, and the shortest ways to make one. @module */
import type { RuleId } from "../lint.ts";
import type { TableName } from "./tables.ts";
import { set, setMetric, type Tampered } from "./tamper.ts";

/** One thing changed in a good table. */
export interface Fault {
  /** The rule that is meant to find it, then those that must see its consequences. Nothing else may be found. */
  readonly rules: readonly RuleId[];
  /** Default `sorted v2`. */
  readonly table?: TableName;
  readonly edit: (table: Tampered) => void | Promise<void>;
}

/** Faults by what they are. */
export type Faults = Readonly<Record<string, Fault>>;

/** Changes a member of the metadata; `undefined` removes it. */
export function metadata(path: string, value: unknown): Fault["edit"] {
  return (table) => table.metadata((json) => set(json, path, value));
}

/** Changes the first entry of the newest manifest. */
export function entry(path: string, value: unknown): Fault["edit"] {
  return (table) => table.manifest((entries) => set(entries[0]!, path, value));
}

/** Changes a metric of the first entry of the newest manifest. */
export function metric(map: string, fieldId: number, value: unknown): Fault["edit"] {
  return (table) => table.manifest((entries) => setMetric(entries[0]!, map, fieldId, value));
}

/** Changes what the newest list says of the newest manifest. */
export function listed(path: string, value: unknown): Fault["edit"] {
  return (table) => table.list((manifests) => set(manifests[0]!, path, value));
}

export function bytes(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

export function int64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64LE(value);
  return buffer;
}
