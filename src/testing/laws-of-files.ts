/** Laws of the files a table is made of: manifests, metadata, position bitmaps. Spec: Manifests; Table Metadata; Puffin. @module */
import fc from "fast-check";
import { isJsonObject, type Json, parseJson } from "../base/index.ts";
import type { DataFile, ManifestEntry } from "../manifests/index.ts";
import {
  applyUpdates,
  checkMetadata,
  type TableMetadata,
  type TableRequirement,
  type TableUpdate,
} from "../metadata/index.ts";
import { arbitraryCommitCommand, arbitraryHistory, playHistory, updatesOfCommand } from "./commits.ts";
import { demand, type LawOptions, tryLaw } from "./law.ts";
import { arbitraryManifest, type ManifestCase } from "./manifests.ts";
import { arbitraryPositions } from "./scalars.ts";

/** What a manifest inherits from the list it stands in. */
export interface ManifestInheritance {
  readonly sequenceNumber: number;
  readonly firstRowId: bigint | undefined;
}

/**
 * What is written is read, by readers of the list that carries the manifest: statuses, every field, and sequence
 * numbers, snapshot and row ids inherited as the spec says (MAN-014, MAN-029, MAN-036; P25).
 */
export function checkManifestCodec(
  codec: {
    readonly write: (manifest: ManifestCase) => Uint8Array;
    readonly read: (
      bytes: Uint8Array,
      manifest: ManifestCase,
      inherited: ManifestInheritance,
    ) => readonly ManifestEntry[];
  },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitraryManifest(), fc.integer({ min: 1001, max: 5000 }), (manifest, sequenceNumber) => {
      const { formatVersion, content } = manifest;
      const inheritance = {
        sequenceNumber: formatVersion === 1 ? 0 : sequenceNumber,
        firstRowId: formatVersion === 3 && content === "data" ? 10n : undefined,
      };
      const expected = inheritedEntries(manifest, inheritance);
      const found = codec.read(codec.write(manifest), manifest, inheritance);
      demand(found.length === expected.length, () => `${found.length} entries of ${expected.length}`);
      for (const [at, entry] of expected.entries()) {
        const [got, wanted] = [found[at]!, entry].map(shown) as [string, string];
        demand(got === wanted, () => `entry ${at} comes back as\n${got}\nnot\n${wanted}`);
      }
    }),
    options,
  );
}

/** What must be read of a manifest, by the words of the spec. */
export function inheritedEntries(
  manifest: ManifestCase,
  { sequenceNumber, firstRowId }: ManifestInheritance,
): ManifestEntry[] {
  let nextRowId = firstRowId;
  return manifest.entries.map((entry) => {
    const numbers =
      manifest.formatVersion === 1
        ? { sequenceNumber: 0, fileSequenceNumber: 0 }
        : entry.status === "added"
          ? { sequenceNumber: entry.sequenceNumber ?? sequenceNumber, fileSequenceNumber: sequenceNumber }
          : {};
    let dataFile: DataFile = entry.dataFile;
    if (nextRowId !== undefined && entry.status !== "deleted" && dataFile.firstRowId === undefined) {
      dataFile = { ...dataFile, firstRowId: nextRowId };
      nextRowId += BigInt(dataFile.recordCount);
    }
    const snapshotId = entry.status === "existing" ? entry.snapshotId! : manifest.snapshotId;
    return { ...entry, snapshotId, ...numbers, dataFile };
  });
}

/**
 * Table metadata of every version survives its text, prints the same again, and holds no JSON null but a
 * `current-snapshot-id` (MET-001, MET-003, MET-004; P5, P35).
 */
export function checkMetadataJson(
  codec: {
    readonly print: (metadata: TableMetadata) => string;
    readonly parse: (text: string) => TableMetadata;
  },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitraryHistory(), (history) => {
      for (const state of playHistory(history)) {
        const text = codec.print(state);
        const back = codec.parse(text);
        checkMetadata(back, "what was parsed");
        demand(
          codec.print(back) === text,
          () => `prints differently after a round trip: ${codec.print(back)}`,
        );
        demand(shown(back) === shown(state), () => `comes back as ${shown(back)}`);
        const nulls = nullsIn(parseJson(text)).filter((path) => path !== ".current-snapshot-id");
        demand(nulls.length === 0, () => `has null at ${nulls.join(", ")}`);
      }
    }),
    options,
  );
}

/**
 * Updates and requirements mean the same after the wire: applied to the table they give what they gave here
 * (RST-055, CMT-055; P44).
 */
export function checkUpdateCodec(
  codec: {
    readonly updates: (updates: readonly TableUpdate[]) => readonly TableUpdate[];
    /** Makes the requirements of the updates, sends them, and judges the table by what arrives; throws when one fails. */
    readonly requirements: (
      base: TableMetadata,
      updates: readonly TableUpdate[],
    ) => readonly TableRequirement[];
  },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitraryHistory(), arbitraryCommitCommand(), (history, command) => {
      const base = playHistory(history).at(-1)!;
      const updates = updatesOfCommand(base, command);
      codec.requirements(base, updates);
      const at = { nowMs: base.lastUpdatedMs + 1, previousMetadataLocation: "p" };
      const here = applyUpdates(base, updates, at);
      const there = applyUpdates(base, codec.updates(updates), at);
      demand(shown(there) === shown(here), () => `there the table is ${shown(there)}`);
    }),
    options,
  );
}

/** Sets of positions survive their bytes, and a changed byte never passes for the same set (PUF-012, PUF-013; P32). */
export function checkPositionsCodec(
  codec: {
    readonly encode: (positions: readonly number[]) => Uint8Array;
    readonly decode: (bytes: Uint8Array) => Iterable<number>;
    /** Whether the bytes carry a checksum, so that any changed byte must be an error. Default false. */
    readonly checked?: boolean;
  },
  options?: LawOptions,
): number {
  const flip = fc.tuple(fc.maxSafeNat(), fc.integer({ min: 1, max: 255 }));
  return tryLaw(
    fc.property(arbitraryPositions(), flip, (positions, [at, bits]) => {
      const bytes = codec.encode(positions);
      const back = [...codec.decode(bytes)];
      demand(
        back.length === positions.length && back.every((each, index) => each === positions[index]),
        () => `comes back as ${back.length} positions of ${positions.length}`,
      );
      if (codec.checked !== true || bytes.length === 0) return;
      const damaged = bytes.slice();
      damaged[at % damaged.length]! ^= bits;
      let read: number | undefined;
      try {
        read = [...codec.decode(damaged)].length;
      } catch {
        return;
      }
      demand(false, `a changed byte at ${at % damaged.length} is read as ${read} positions`);
    }),
    options,
  );
}

/** Text that tells any two different values apart: maps and bytes by content, members in one order. */
function shown(value: unknown): string {
  return fc.stringify(plain(value));
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (value instanceof Map || (isIterableObject(value) && !Array.isArray(value))) {
    return Array.from(value as Iterable<unknown>, plain);
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined && typeof member !== "function")
    .map(([key, member]): [string, unknown] => [key, plain(member)])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function isIterableObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function nullsIn(json: Json, path = ""): string[] {
  if (json === null) return [path];
  if (Array.isArray(json)) return json.flatMap((item: Json) => nullsIn(item, `${path}[]`));
  if (!isJsonObject(json)) return [];
  return Object.keys(json).flatMap((key) => nullsIn(json[key]!, `${path}.${key}`));
}
