/**
 * Turns fallback lists into a table of slots, so that mapping a record looks each attribute up once instead of
 * searching the attributes once per fallback.
 * @module
 */
import type { AnyValue, KeyValue } from "../otlp-wire/index.ts";
import type { AttributeSource, Mapping } from "./sources.ts";

/** Where an attribute can stand. */
export type AttributeLevel = "record" | "scope" | "resource";

/** Half-open range of a column's slots, in the order in which they are tried. */
export interface SlotRange {
  readonly start: number;
  readonly end: number;
}

/** Which slots an attribute key fills. */
export type SlotsByKey = ReadonlyMap<string, readonly number[]>;

/** A compiled mapping. */
export interface SourcePlan<C extends string> {
  readonly slotCount: number;
  readonly columns: { readonly [K in C]: SlotRange };
  readonly record: SlotsByKey;
  readonly scope: SlotsByKey;
  readonly resource: SlotsByKey;
}

/** Compiles lists; a plain name is tried on `levels` in order. */
export function compileSources<C extends string>(
  mapping: Mapping<C>,
  levels: readonly AttributeLevel[],
): SourcePlan<C> {
  const tables: Record<AttributeLevel, Map<string, number[]>> = {
    record: new Map(),
    scope: new Map(),
    resource: new Map(),
  };
  const columns = {} as { [K in C]: SlotRange };
  let slot = 0;
  for (const column of Object.keys(mapping) as C[]) {
    const start = slot;
    for (const source of mapping[column]) {
      for (const [level, key] of places(source, levels)) {
        const slots = tables[level].get(key);
        if (slots === undefined) tables[level].set(key, [slot]);
        else slots.push(slot);
        slot++;
      }
    }
    columns[column] = { start, end: slot };
  }
  return { slotCount: slot, columns, ...tables };
}

/** Empty slots of a plan. */
export function emptySlots(plan: SourcePlan<string>): AnyValue[] {
  return new Array<AnyValue>(plan.slotCount).fill(null);
}

/** Puts attribute values into their slots; of a repeated key the last value stays. */
export function fillSlots(slots: AnyValue[], table: SlotsByKey, attributes: readonly KeyValue[]): void {
  if (table.size === 0) return;
  for (const { key, value } of attributes) {
    const targets = table.get(key);
    if (targets === undefined) continue;
    for (const target of targets) slots[target] = value;
  }
}

function places(
  source: AttributeSource,
  levels: readonly AttributeLevel[],
): readonly (readonly [AttributeLevel, string])[] {
  if (typeof source === "string") return levels.map((level) => [level, source] as const);
  if ("record" in source) return [["record", source.record]];
  if ("scope" in source) return [["scope", source.scope]];
  return [["resource", source.resource]];
}
