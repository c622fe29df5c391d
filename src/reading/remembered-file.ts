/**
 * A file whose bytes are fetched once: what was read of it is answered from memory until it is forgotten.
 * @module
 */
import type { AbortOptions, ByteRange, InputFile } from "../base/index.ts";

/** A run of fetched bytes. */
interface Fetched extends ByteRange {
  readonly bytes: Uint8Array;
}

/** Reads of ranges fetch the parts that are not remembered. Reads under way at a time must not overlap. */
export class RememberedFile implements InputFile {
  readonly location: string;
  private readonly file: InputFile;
  /** In order, apart from each other. */
  private fetched: readonly Fetched[] = [];

  constructor(file: InputFile) {
    this.file = file;
    this.location = file.location;
  }

  size(options: AbortOptions = {}): Promise<number> {
    return this.file.size(options);
  }

  async read(range?: ByteRange, options: AbortOptions = {}): Promise<Uint8Array> {
    if (range === undefined) return this.file.read(range, options);
    const whole = this.fetched.find(({ start, end }) => start <= range.start && range.end <= end);
    if (whole !== undefined) return whole.bytes.subarray(range.start - whole.start, range.end - whole.start);
    const pieces = await Promise.all(
      this.gaps(range).map(async ({ start, end }): Promise<Fetched> => {
        const bytes = await this.file.read({ start, end }, options);
        return { start, end, bytes };
      }),
    );
    // A file that ends early is for the caller to judge, by what it answers.
    if (pieces.some(({ start, end, bytes }) => bytes.length !== end - start)) {
      return this.file.read(range, options);
    }
    this.fetched = [...this.fetched, ...pieces].sort((a, b) => a.start - b.start);
    const [only] = pieces;
    if (only !== undefined && only.start === range.start && only.end === range.end) return only.bytes;
    return joined(range, this.fetched);
  }

  /** How many bytes of a range are not remembered. */
  missing(range: ByteRange): number {
    return this.gaps(range).reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Lets go of what was fetched before a place and does not reach beyond it. */
  forget(before: number): void {
    this.fetched = this.fetched.filter(({ end }) => end > before);
  }

  /** What is missing of a range. */
  private gaps(range: ByteRange): readonly ByteRange[] {
    const gaps: ByteRange[] = [];
    let at = range.start;
    for (const { start, end } of this.fetched) {
      if (end <= at) continue;
      if (start >= range.end) break;
      if (start > at) gaps.push({ start: at, end: start });
      at = end;
    }
    if (at < range.end) gaps.push({ start: at, end: range.end });
    return gaps;
  }
}

function joined({ start, end }: ByteRange, runs: readonly Fetched[]): Uint8Array {
  const bytes = new Uint8Array(end - start);
  for (const run of runs) {
    if (run.end <= start || run.start >= end) continue;
    const from = Math.max(start, run.start);
    bytes.set(run.bytes.subarray(from - run.start, Math.min(end, run.end) - run.start), from - start);
  }
  return bytes;
}
