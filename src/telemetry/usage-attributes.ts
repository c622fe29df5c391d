/** The attributes that together make up `token_usage_json`. @module */
import type { KeyValue } from "../otlp-wire/index.ts";
import { canonicalObject } from "./canonical-json.ts";

/** Keys come from senders: remember no more than this many. */
const MAX_REMEMBERED = 4096;

/** Finds usage attributes by prefix; remembers the answer for each key, since a payload repeats few of them. */
export class UsageAttributes {
  private readonly prefixes: readonly string[];
  private readonly known = new Map<string, boolean>();

  constructor(prefixes: readonly string[]) {
    this.prefixes = prefixes;
  }

  /**
   * Usage attributes of the record, and of the resource where the record does not have them, as one canonical JSON
   * object; `null` when there are none.
   */
  json(record: readonly KeyValue[], resource: readonly KeyValue[]): string | null {
    let usage: KeyValue[] | null = null;
    // The record comes last: of a repeated key the canonical object keeps the last value.
    for (const attributes of [resource, record]) {
      for (const attribute of attributes) {
        if (attribute.value === null || !this.isUsage(attribute.key)) continue;
        usage ??= [];
        usage.push(attribute);
      }
    }
    return usage === null ? null : canonicalObject(usage);
  }

  private isUsage(key: string): boolean {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const usage = this.prefixes.some((prefix) => key.startsWith(prefix));
    if (this.known.size < MAX_REMEMBERED) this.known.set(key, usage);
    return usage;
  }
}
