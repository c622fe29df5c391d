/** Reading manifests of any format version, with inheritance applied. Spec: Manifests; Sequence Number Inheritance; First Row ID Inheritance. @module */
import {
  type AvroContainer,
  type AvroCursor,
  type AvroType,
  type RecordGate,
  recordReader,
} from "../avro/index.ts";
import { IcebergError } from "../base/index.ts";
import type { PartitionTuple } from "../partitioning/index.ts";
import type { ColumnMetrics } from "../values/index.ts";
import type { EntryStatus, FileContent, ManifestEntry } from "./data-file.ts";
import { DecodedEntry, DecodedFile, type ManifestContext } from "./decoded-entry.ts";
import { type EntryWishes, entryWanted, SLOT, SLOT_COUNT } from "./entry-slots.ts";
import { openManifest } from "./header.ts";

/** Which entries are read, and what of them. `fields` are `partitionFields(spec, schema)` of the manifests' spec. */
export interface EntryOptions extends EntryWishes {
  /** Leave out deleted entries, which scans never use (MAN-011). Default false. */
  readonly liveOnly?: boolean;
  /** Leaves out what a plan can exclude before it is decoded whole. */
  readonly screen?: EntryScreen;
}

/** `what` is the manifest's path. */
export interface ReadManifestOptions extends EntryOptions {
  readonly manifest: ManifestContext;
  /** Names the file in errors. */
  readonly what: string;
}

/** What is known of a file before its entry is made. Valid during the call only. */
export interface ScreenedFile extends ColumnMetrics {
  readonly recordCount: number;
}

/**
 * Judges the entries that are to be handed out, first by partition alone. Most files of a plan are excluded, and what
 * is not decoded costs little.
 */
export interface EntryScreen {
  /** Why files of a partition are left out, in any form; `undefined` for those that stay. */
  readonly byPartition: (partition: PartitionTuple) => unknown;
  /** The same for one file by its metrics. */
  readonly byMetrics: (file: ScreenedFile) => unknown;
  /** Told of every entry left out, and the answer why. */
  readonly leftOut: (why: unknown, recordCount: number, fileSizeInBytes: number) => void;
}

/**
 * All entries of a manifest in file order. Snapshot ids, sequence numbers and row ids that are inherited are
 * filled in from the manifest list (MAN-029, 030, 036); the numbers of an unnumbered manifest stay absent.
 * @throws IcebergError `corrupt-file` naming file and offset, also when it has fewer live files than the list
 *   says; `unsupported` for format version 4 and later.
 */
export function readManifest(bytes: Uint8Array, options: ReadManifestOptions): ManifestEntry[] {
  return [...manifestEntries(bytes, options)];
}

/** The entries of {@link readManifest} one by one, holding one unpacked block at a time. */
export function manifestEntries(
  bytes: Uint8Array,
  options: ReadManifestOptions,
): Generator<ManifestEntry, void, undefined> {
  return manifestDecoder(options)(bytes, options.manifest, options.what);
}

/** Hands out the entries of one manifest after the other; `what` names it in errors. */
export type ManifestDecoder = (
  bytes: Uint8Array,
  manifest: ManifestContext,
  what: string,
) => Generator<ManifestEntry, void, undefined>;

/**
 * {@link manifestEntries} for many manifests of one spec. How entries are read is worked out once for all manifests of
 * one writer's schema, which is most of the work where manifests are small.
 */
export function manifestDecoder(options: EntryOptions): ManifestDecoder {
  const readers = new Map<AvroType, EntryReader>();
  return function* (bytes, manifest, what) {
    const container = openManifest(bytes, what);
    let read = readers.get(container.type);
    if (read === undefined) {
      read = entryReader(container, options);
      readers.set(container.type, read);
    }
    const state: ManifestState = {
      ...{ manifest, rowIds: rowIdAssigner(manifest) },
      live: { added: 0, existing: 0, deleted: 0 },
    };
    for (const block of container.blocks()) {
      for (let i = 0; i < block.count; i++) {
        const entry = read(block.cursor, state);
        if (entry !== undefined) yield entry;
      }
    }
    checkWhole(state, bytes, what);
  };
}

/** What reading one manifest needs and learns beside its bytes. */
interface ManifestState {
  readonly manifest: ManifestContext;
  readonly rowIds: RowIdAssigner;
  /** Entries met so far, by status. */
  readonly live: Record<EntryStatus, number>;
}

/**
 * A manifest cut off behind a block is a container like any other: only the list tells that files are missing. Counts
 * that are too low lose nothing. Lengths decide where there are no counts: others are wrong in tables that were copied
 * and patched, and still every entry is there.
 */
function checkWhole({ manifest, live }: ManifestState, bytes: Uint8Array, what: string): void {
  const { addedFilesCount, existingFilesCount, manifestLength = 0 } = manifest;
  const fail = (found: string, promised: string): never => {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read ${what}: it has ${found}, its manifest list says ${promised}`,
      { context: { what } },
    );
  };
  if (addedFilesCount === undefined || existingFilesCount === undefined) {
    if (bytes.length < manifestLength) fail(`${bytes.length} bytes`, `${manifestLength}`);
    return;
  }
  const found = live.added + live.existing;
  const promised = addedFilesCount + existingFilesCount;
  if (found < promised) fail(`${found} live files`, `${promised}`);
}

const STATUSES: readonly EntryStatus[] = ["existing", "added", "deleted"];
const CONTENTS: readonly FileContent[] = ["data", "position-deletes", "equality-deletes"];
/** Reads one entry; it must be given every entry of a manifest in order, for row ids depend on it (MAN-039). */
type EntryReader = (cursor: AvroCursor, state: ManifestState) => ManifestEntry | undefined;

function entryReader({ type, what }: AvroContainer, options: EntryOptions): EntryReader {
  const { liveOnly } = options;
  // Fields that the file lacks leave their slots undefined for good; the others are set anew by every entry.
  const slots: unknown[] = new Array(SLOT_COUNT).fill(undefined);
  const screening = options.screen && screenWith(options.screen);
  const read = recordReader(type, entryWanted(slots, options, what, screening?.gate), what);
  return (cursor, { manifest, rowIds, live }) => {
    const start = cursor.at;
    read(cursor, slots);
    const status = STATUSES[slots[SLOT.status] as number];
    if (status === undefined) return cursor.fail(`status ${slots[SLOT.status]} of an entry`, start);
    live[status]++;
    const content = CONTENTS[(slots[SLOT.content] as number | undefined) ?? 0];
    if (content === undefined || (content === "data") !== (manifest.content === "data")) {
      const code = slots[SLOT.content] ?? 0;
      return cursor.fail(`a file with content ${code} in a ${manifest.content} manifest`, start);
    }
    if (slots[SLOT.fileFormat] === undefined)
      return cursor.fail("an entry without a known file format", start);
    const inherits = status === "added" || manifest.sequenceNumber === 0;
    if (status === "existing" && !inherits && slots[SLOT.sequenceNumber] === undefined) {
      return cursor.fail("an existing file without its data sequence number", start);
    }
    const firstRowId = rowIds(status, slots);
    if (liveOnly === true && status === "deleted") return undefined;
    if (screening?.leavesOut(cursor, slots)) return undefined;
    return new DecodedEntry(
      status,
      new DecodedFile(content, firstRowId, manifest.partitionSpecId, slots),
      inherits,
      manifest,
      slots,
    );
  };
}

/** The slots that are decoded before the partition is judged, and those that row ids depend on. */
const FIRST_SLOTS = [SLOT.content, SLOT.fileFormat, SLOT.partition, SLOT.recordCount];
const ALWAYS_SLOTS = [...FIRST_SLOTS, SLOT.filePath, SLOT.fileSizeInBytes, SLOT.firstRowId];
const NO_PARTITION: PartitionTuple = Object.freeze([]);

/** Asks a screen, in two steps: the gate while the record is read, `leavesOut` when it is read as far as wanted. */
function screenWith(screen: EntryScreen) {
  let why: unknown;
  const file: { -readonly [K in keyof ScreenedFile]: ScreenedFile[K] | undefined } = {
    recordCount: 0,
    valueCounts: undefined,
    nullValueCounts: undefined,
    nanValueCounts: undefined,
    lowerBounds: undefined,
    upperBounds: undefined,
  };
  const gate: RecordGate = {
    needs: FIRST_SLOTS,
    always: ALWAYS_SLOTS,
    opens: (slots) => {
      why = screen.byPartition((slots[SLOT.partition] as PartitionTuple | undefined) ?? NO_PARTITION);
      return why === undefined;
    },
  };
  const leavesOut = (cursor: AvroCursor, slots: unknown[]): boolean => {
    const recordCount = slots[SLOT.recordCount] as number;
    if (why === undefined) {
      file.recordCount = recordCount;
      file.valueCounts = slots[SLOT.valueCounts] as ScreenedFile["valueCounts"];
      file.nullValueCounts = slots[SLOT.nullValueCounts] as ScreenedFile["nullValueCounts"];
      file.nanValueCounts = slots[SLOT.nanValueCounts] as ScreenedFile["nanValueCounts"];
      file.lowerBounds = slots[SLOT.lowerBounds] as ScreenedFile["lowerBounds"];
      file.upperBounds = slots[SLOT.upperBounds] as ScreenedFile["upperBounds"];
      why = screen.byMetrics(file as ScreenedFile);
    }
    if (why !== undefined) {
      screen.leftOut(why, recordCount, slots[SLOT.fileSizeInBytes] as number);
      return true;
    }
    const { at } = cursor;
    cursor.at = slots[SLOT.filePath] as number;
    slots[SLOT.filePath] = cursor.readString();
    cursor.at = at;
    return false;
  };
  return { gate, leavesOut };
}

type RowIdAssigner = (status: EntryStatus, slots: readonly unknown[]) => bigint | undefined;

/**
 * The first row id of each entry in turn (MAN-036): its own, else the manifest's plus the rows of the entries
 * before that had none either. Deleted entries neither get one nor advance it.
 */
function rowIdAssigner(manifest: ManifestContext): RowIdAssigner {
  // Row ids of committed manifests without a first row id are null, whatever their entries say (MAN-037).
  const none =
    manifest.content === "deletes" ||
    (manifest.firstRowId === undefined && manifest.sequenceNumber !== undefined);
  let next = manifest.firstRowId;
  return (status, slots) => {
    if (none) return undefined;
    const own = slots[SLOT.firstRowId] as bigint | undefined;
    if (own !== undefined || next === undefined || status === "deleted") return own;
    const assigned = next;
    next += BigInt(slots[SLOT.recordCount] as number);
    return assigned;
  };
}
