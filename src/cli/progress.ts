/** A bar on standard error while long work runs, where that is a terminal. Spec: none. @module */
import { BrokenPipe, type CliStream, type Output } from "./output.ts";
import { displayWidth, paintFor, shorten } from "./terminal.ts";

/** How far a piece of work is. */
export interface ProgressReport {
  /** What is going on: `reading traces.pb`. */
  readonly label: string;
  /** Units done, and how many there are where that is known. */
  readonly done: number;
  readonly total?: number;
  /** More to say, such as `12,345 rows`. */
  readonly detail?: string;
}

/** Where progress goes. */
export interface Progress {
  /** Shows the state, at most ten times a second. */
  show(report: ProgressReport): Promise<void>;
  /** Removes the bar; the next `show` draws it again. */
  clear(): Promise<void>;
}

/** Milliseconds between two drawings. */
const INTERVAL_MS = 100;
const BAR_WIDTH = 24;
const ERASE_LINE = "\r\x1b[2K";

/** The bar of a stream; without a terminal, or on a dumb one, nothing is ever drawn. */
export function progressOn(
  stream: CliStream,
  out: Output,
  environment: Readonly<Record<string, string | undefined>>,
): Progress {
  if (stream.isTTY !== true || environment.TERM === "dumb") return SILENT;
  const paint = paintFor(true, environment);
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  const write = async (text: string) => {
    try {
      await out.write(text);
    } catch (error) {
      // Nobody looks any more: that is no reason to stop the work.
      if (!(error instanceof BrokenPipe)) throw error;
    }
  };
  return {
    async show(report) {
      const now = performance.now();
      if (now - drawnAt < INTERVAL_MS) return;
      drawnAt = now;
      isDrawn = true;
      const columns = Math.max(20, (stream.columns ?? 80) - 1);
      await write(`${ERASE_LINE}${progressLine(report, columns, (text) => paint.dim(text))}`);
    },
    async clear() {
      if (!isDrawn) return;
      isDrawn = false;
      drawnAt = Number.NEGATIVE_INFINITY;
      await write(ERASE_LINE);
    },
  };
}

const SILENT: Progress = Object.freeze({
  show: () => Promise.resolve(),
  clear: () => Promise.resolve(),
});

/** `reading a.pb  ███████░░░░  61 %  12,345 rows`, no wider than `columns`. */
export function progressLine(
  { label, done, total, detail }: ProgressReport,
  columns: number,
  dim: (text: string) => string = (text) => text,
): string {
  const share = total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, done / total));
  const percent = share === undefined ? "" : `  ${String(Math.floor(share * 100)).padStart(3)} %`;
  const tail = `${percent}${detail === undefined ? "" : `  ${detail}`}`;
  const room = columns - displayWidth(tail);
  const width = share === undefined ? 0 : Math.min(BAR_WIDTH, room - 2 - Math.min(displayWidth(label), 16));
  if (share === undefined || width < 4) return shorten(`${label}${tail}`, columns);
  const full = Math.round(share * width);
  const bar = "█".repeat(full) + dim("░".repeat(width - full));
  return `${shorten(label, room - width - 2)}  ${bar}${tail}`;
}
