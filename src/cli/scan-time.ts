/** `--snapshot`, `--ref` and `--as-of`: which state of a table a verb looks at. Spec: Point in Time Reads. @module */
import type { ScanTime } from "../planning/index.ts";
import { type Flags, type Invocation, UsageError } from "./verb.ts";

/** The flags; at most one may be given. */
export const TIME_FLAGS: Flags = {
  snapshot: { kind: "text", placeholder: "ID", help: "As of this snapshot" },
  ref: { kind: "text", placeholder: "NAME", help: "As of this branch or tag" },
  "as-of": {
    kind: "text",
    placeholder: "TIME",
    help: "As of this time: 2026-01-31T12:00:00Z, or 2026-01-31",
  },
};

/** What the flags say; `undefined` for the current state. Throws `UsageError`. */
export function scanTime(invocation: Invocation): ScanTime | undefined {
  const given = Object.keys(TIME_FLAGS).filter((flag) => invocation.text(flag) !== undefined);
  if (given.length > 1) throw new UsageError(`--${given[0]} and --${given[1]} exclude each other`);
  const [flag] = given;
  if (flag === undefined) return undefined;
  const text = invocation.text(flag)!;
  if (flag === "ref") return { ref: text };
  if (flag === "as-of") return { asOf: timeOf(flag, text) };
  return { snapshotId: snapshotIdOf(text) };
}

/** The text of `--snapshot`. Throws `UsageError`. */
export function snapshotIdOf(text: string): bigint {
  if (/^-?\d{1,19}$/.test(text)) return BigInt(text);
  throw new UsageError(`--snapshot takes a snapshot id, not ${JSON.stringify(text)}`);
}

/** A day alone starts at midnight UTC; a time without zone is refused rather than guessed. */
export function timeOf(flag: string, text: string): Date {
  const isWhole = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = new Date(text);
  if (isWhole && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(
    `--${flag} takes 2026-01-31 or 2026-01-31T12:00:00Z (with a zone), not ${JSON.stringify(text)}`,
  );
}
