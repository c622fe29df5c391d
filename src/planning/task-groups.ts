/**
 * Splitting files at their row groups and packing the pieces into groups of even size, as Iceberg Java's TableScanUtil
 * does. Spec: Table Properties `read.split.*`; SCN-008, P57.
 * @module
 */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import type { FileScanTask } from "./plan-files.ts";

/** How work is divided. */
export interface SplitOptions {
  /** Bytes a group aims at. Default: property `read.split.target-size`, else 128 MiB. */
  readonly splitSize?: number;
  /** How many groups are open at once while packing. Default: `read.split.planning-lookback`, else 10. */
  readonly lookback?: number;
  /** Least weight of a file, in bytes: opening costs too. Default: `read.split.open-file-cost`, else 4 MiB. */
  readonly openFileCost?: number;
}

/** Tasks for one worker. Pieces of one file that follow each other are one task. */
export interface ScanTaskGroup {
  readonly tasks: readonly FileScanTask[];
  /** Bytes of the pieces and of the deletes that come with each. */
  readonly sizeBytes: number;
  /** Files to open, deletes included. */
  readonly filesCount: number;
  /** Rows as far as the share of each file's bytes tells. */
  readonly estimatedRows: number;
}

const PROPERTIES = {
  splitSize: ["read.split.target-size", 134_217_728, 1],
  lookback: ["read.split.planning-lookback", 10, 1],
  openFileCost: ["read.split.open-file-cost", 4_194_304, 0],
} as const;

/**
 * Options with the table's properties and Iceberg's defaults filled in.
 * @throws IcebergError `invalid-argument` for an option or property that is no whole number or too small.
 */
export function splitOptions(
  properties: ReadonlyMap<string, string>,
  options: SplitOptions = {},
): Required<SplitOptions> {
  const one = (name: keyof typeof PROPERTIES): number => {
    const [property, fallback, least] = PROPERTIES[name];
    const text = properties.get(property);
    const value = options[name] ?? (text === undefined ? fallback : Number(text));
    if (Number.isSafeInteger(value) && value >= least) return value;
    const where =
      options[name] === undefined ? `property ${property} is ${JSON.stringify(text)}` : `${name} is ${value}`;
    throw new IcebergError(
      "invalid-argument",
      `Cannot divide a scan: ${where}; give a whole number from ${least}`,
    );
  };
  return { splitSize: one("splitSize"), lookback: one("lookback"), openFileCost: one("openFileCost") };
}

/**
 * The pieces of a task: one per row group where the manifest tells their offsets, else of `splitSize` bytes. Together
 * they are the file, byte for byte, and each carries all its deletes (P57). A reader takes the row groups whose middle
 * lies in its piece. The first piece starts at 0, not at the first row group as in Java: offsets that a writer got
 * wrong must not lose rows.
 */
export function splitTask(task: FileScanTask, splitSize: number): readonly FileScanTask[] {
  const { dataFile } = task;
  const size = dataFile.fileSizeInBytes;
  if (task.start !== undefined || dataFile.fileFormat === "puffin" || size <= 0) return [task];
  const starts = rowGroupStarts(dataFile.splitOffsets, size) ?? evenStarts(size, splitSize);
  if (starts.length === 1) return [{ ...task, start: 0, length: size }];
  return starts.map((start, at) => ({ ...task, start, length: (starts[at + 1] ?? size) - start }));
}

/**
 * Splits tasks and packs the pieces, first fit within `lookback` open groups; the heaviest is handed out when there are
 * more. Groups come as soon as they are settled.
 * @throws IcebergError as the tasks' planning does.
 */
export async function* planTaskGroups(
  tasks: AsyncIterable<FileScanTask> | Iterable<FileScanTask>,
  { splitSize, lookback, openFileCost }: Required<SplitOptions>,
  options: AbortOptions = {},
): AsyncGenerator<ScanTaskGroup> {
  const bins: Bin[] = [];
  for await (const task of tasks) {
    options.signal?.throwIfAborted();
    for (const piece of splitTask(task, splitSize)) {
      const weight = Math.max(sizeOf(piece), filesOf(piece) * openFileCost);
      const bin = bins.find((candidate) => candidate.weight + weight <= splitSize);
      if (bin !== undefined) {
        bin.weight += weight;
        bin.tasks.push(piece);
        continue;
      }
      bins.push({ weight, tasks: [piece] });
      if (bins.length > lookback) yield groupOf(takeHeaviest(bins));
    }
  }
  for (const bin of bins) yield groupOf(bin);
}

interface Bin {
  weight: number;
  readonly tasks: FileScanTask[];
}

function takeHeaviest(bins: Bin[]): Bin {
  let heaviest = 0;
  for (let at = 1; at < bins.length; at++) if (bins[at]!.weight > bins[heaviest]!.weight) heaviest = at;
  return bins.splice(heaviest, 1)[0]!;
}

function groupOf({ tasks }: Bin): ScanTaskGroup {
  const merged: FileScanTask[] = [];
  for (const task of tasks) {
    const last = merged.at(-1);
    const follows =
      last !== undefined &&
      last.dataFile === task.dataFile &&
      startOf(last) + lengthOf(last) === startOf(task);
    if (follows) merged[merged.length - 1] = { ...last, length: lengthOf(last) + lengthOf(task) };
    else merged.push(task);
  }
  return taskGroup(merged);
}

/** The group of these tasks as they are. */
export function taskGroup(tasks: readonly FileScanTask[]): ScanTaskGroup {
  const sum = (of: (task: FileScanTask) => number) => tasks.reduce((total, task) => total + of(task), 0);
  return {
    tasks,
    sizeBytes: sum(sizeOf),
    filesCount: sum(filesOf),
    estimatedRows: Math.round(sum(rowsOf)),
  };
}

/** Offsets are believed when they ascend and lie within the file, as in Java. */
function rowGroupStarts(offsets: readonly number[] | undefined, size: number): number[] | undefined {
  if (offsets === undefined || offsets.length === 0) return undefined;
  const isOrdered = offsets.every((offset, at) => offset >= 0 && (at === 0 || offset > offsets[at - 1]!));
  if (!isOrdered || offsets.at(-1)! >= size) return undefined;
  return [0, ...offsets.slice(1)];
}

function evenStarts(size: number, splitSize: number): number[] {
  return Array.from({ length: Math.max(1, Math.ceil(size / splitSize)) }, (_, at) => at * splitSize);
}

function startOf(task: FileScanTask): number {
  return task.start ?? 0;
}

function lengthOf(task: FileScanTask): number {
  return task.length ?? task.dataFile.fileSizeInBytes;
}

function sizeOf(task: FileScanTask): number {
  return task.deletes.reduce(
    (sum, { dataFile }) => sum + (dataFile.contentSizeInBytes ?? dataFile.fileSizeInBytes),
    lengthOf(task),
  );
}

function filesOf(task: FileScanTask): number {
  return 1 + task.deletes.length;
}

function rowsOf(task: FileScanTask): number {
  const { recordCount, fileSizeInBytes } = task.dataFile;
  return fileSizeInBytes <= 0 ? 0 : Math.max(0, recordCount) * (lengthOf(task) / fileSizeInBytes);
}
