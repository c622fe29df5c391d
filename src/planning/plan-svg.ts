/** A picture of a plan: partitions and their files, kept and skipped. Spec: Scan Planning. @module */
import type { ExplainedFile, PlanExplanation, Share } from "./explain.ts";

export interface PlanSvgOptions {
  /** Rows of the picture at most; further partitions are told of in one line. Default 60. */
  readonly maxPartitions?: number;
}

/** What became of files, in the order they are drawn. */
const FATES = ["kept", "metrics", "partition", "manifest"] as const;
type Fate = (typeof FATES)[number];

const LEGEND: Readonly<Record<Fate, string>> = {
  kept: "to read",
  metrics: "skipped by column bounds",
  partition: "skipped by partition value",
  manifest: "skipped with its manifest",
};

const WIDTH = 960;
const MARGIN = 24;
const LABEL_WIDTH = 300;
const COUNT_WIDTH = 110;
const ROW_HEIGHT = 20;
const CELL = 13;
const GAP = 3;
const BAR_WIDTH = WIDTH - 2 * MARGIN - LABEL_WIDTH - COUNT_WIDTH;
/** More files than this in a partition are drawn as a bar. */
const MAX_CELLS = Math.floor(BAR_WIDTH / (CELL + GAP));
const LABEL_CHARACTERS = 42;
/** Partitions without a file to read are drawn only up to this many rows in all. */
const ROWS_WITH_SKIPPED = 20;

/**
 * An SVG document that stands alone, legible on light and dark ground: a bar for the table as a whole, then a row for
 * each partition, those with files to read first. A square is a file; where a partition has too many, its row is a bar
 * in proportion.
 */
export function planSvg(explanation: PlanExplanation, { maxPartitions = 60 }: PlanSvgOptions = {}): string {
  const partitions = partitionsOf(explanation.entries);
  const read = partitions.filter(({ kept }) => kept > 0).length;
  const rows = Math.min(maxPartitions, Math.max(read, ROWS_WITH_SKIPPED));
  const shown = partitions.slice(0, rows);
  const hidden = partitions.slice(rows);
  const most = Math.max(1, ...shown.map(({ files }) => files.length));
  const parts: string[] = [];
  let y = MARGIN;
  const { report, files, manifests } = explanation;
  const line = (className: string, content: string, height: number) => {
    y += height;
    parts.push(`<text class="${className}" x="${MARGIN}" y="${y - 5}">${escaped(content)}</text>`);
  };
  line("title", `Plan of ${report.tableName}`, 24);
  for (const part of wrapped(`filter: ${report.filter}`, 130).slice(0, 4)) line("text", part, 18);
  y += 6;
  line("strong", `${number(files.kept)} of ${number(files.considered)} files to read${percent(files)}`, 20);
  line(
    "text",
    `${bytes(explanation.bytes.kept)} of ${bytes(explanation.bytes.considered)} · ${number(explanation.rows.kept)} of ` +
      `${number(explanation.rows.considered)} rows · ${number(manifests.kept)} of ${number(manifests.considered)} manifests read`,
    18,
  );
  y += 6;
  parts.push(bar(MARGIN, y, WIDTH - 2 * MARGIN, 16, explanation.entries));
  y += 16 + 12;
  parts.push(legend(y, explanation.entries));
  y += 40;
  const unit = most <= MAX_CELLS ? "a square is a file" : "the length of a bar is the number of files";
  parts.push(`<text class="head" x="${MARGIN}" y="${y}">${escaped(headOf(explanation.entries))}</text>`);
  parts.push(`<text class="head" x="${MARGIN + LABEL_WIDTH}" y="${y}">${unit}</text>`);
  parts.push(`<text class="head right" x="${WIDTH - MARGIN}" y="${y}">to read</text>`);
  y += 8;
  for (const partition of shown) {
    parts.push(partitionRow(partition, y, most));
    y += ROW_HEIGHT;
  }
  if (hidden.length > 0) {
    const all = hidden.flatMap((partition) => partition.files);
    const kept = all.filter(({ task }) => task !== undefined).length;
    line(
      "text",
      `and ${number(hidden.length)} more partitions: ${number(kept)} of ${number(all.length)} files to read`,
      22,
    );
  }
  const height = y + MARGIN;
  const title = `Plan of ${report.tableName}: ${files.kept} of ${files.considered} files to read`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">\n` +
    `<title>${escaped(title)}</title>\n<style>${STYLE}</style>\n<rect class="ground" width="${WIDTH}" height="${height}"/>\n` +
    `${parts.join("\n")}\n</svg>\n`
  );
}

const STYLE =
  "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2328}" +
  ".title{font-size:17px;font-weight:600}.strong{font-weight:600}.head,.none{fill:#59636e;font-size:12px}" +
  ".right{text-anchor:end}.label{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}" +
  ".ground{fill:#ffffff}.kept{fill:#0969da}.metrics{fill:#e8a33d}.partition{fill:#b1bac4}" +
  ".manifest{fill:#ffffff;stroke:#b1bac4}" +
  "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.head,.none{fill:#9198a1}.ground{fill:#0d1117}" +
  ".kept{fill:#58a6ff}.metrics{fill:#d29922}.partition{fill:#57606a}.manifest{fill:#0d1117;stroke:#57606a}}";

interface PartitionRow {
  readonly text: string;
  readonly files: readonly ExplainedFile[];
  readonly kept: number;
}

/** Partitions with files to read first, each kind in the order of its text. */
function partitionsOf(entries: readonly ExplainedFile[]): PartitionRow[] {
  const groups = new Map<string, ExplainedFile[]>();
  for (const file of entries) {
    const key = `${file.specId} ${file.partitionText}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [file]);
    else group.push(file);
  }
  const isOneSpec = new Set(entries.map(({ specId }) => specId)).size === 1;
  const rows = Array.from(
    groups.values(),
    (files): PartitionRow => ({
      text: labelOf(files[0]!, isOneSpec),
      files,
      kept: files.filter(({ task }) => task !== undefined).length,
    }),
  );
  const isRead = ({ kept }: PartitionRow) => (kept > 0 ? 0 : 1);
  return rows.sort((a, b) => isRead(a) - isRead(b) || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

/** The names of the partition fields stand above the rows where all files share them. */
function headOf(entries: readonly ExplainedFile[]): string {
  const specs = new Map(entries.map(({ specId, partitionParts }) => [specId, partitionParts]));
  const [parts = []] = specs.values();
  return specs.size === 1 && parts.length > 0 ? parts.map(([name]) => name).join(" · ") : "partition";
}

function labelOf({ partitionText, partitionParts }: ExplainedFile, isOneSpec: boolean): string {
  if (partitionText === "") return "(not partitioned)";
  return isOneSpec ? partitionParts.map(([, value]) => value).join(" · ") : partitionText;
}

function partitionRow({ text, files, kept }: PartitionRow, y: number, most: number): string {
  const middle = y + ROW_HEIGHT - 6;
  const x = MARGIN + LABEL_WIDTH;
  const label = text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS - 1)}…` : text;
  const marks =
    most <= MAX_CELLS
      ? sorted(files)
          .map((file, at) => cell(x + at * (CELL + GAP), y + 4, file))
          .join("")
      : bar(x, y + 4, (BAR_WIDTH * files.length) / most, CELL, files);
  return (
    `<g><text class="label" x="${MARGIN}" y="${middle}">${escaped(label)}<title>${escaped(text)}</title></text>${marks}` +
    `<text class="${kept > 0 ? "strong" : "none"} right" x="${WIDTH - MARGIN}" y="${middle}">` +
    `${number(kept)} of ${number(files.length)}</text></g>`
  );
}

function cell(x: number, y: number, file: ExplainedFile): string {
  const fate = fateOf(file);
  const { skipped } = file;
  const why =
    skipped === undefined
      ? LEGEND.kept
      : `${LEGEND[fate]}${skipped.predicate === "" ? "" : `: ${skipped.predicate}`}`;
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const tip = `${name}\n${number(file.rows)} rows, ${bytes(file.bytes)}\n${why}`;
  return `<rect class="${fate}" x="${x}" y="${y}" width="${CELL}" height="${CELL}" rx="2"><title>${escaped(tip)}</title></rect>`;
}

/** One bar of all fates in proportion; a fate that occurs is never thinner than a hair. */
function bar(x: number, y: number, width: number, height: number, files: readonly ExplainedFile[]): string {
  const counts = countsOf(files);
  const least = Math.min(2, width / Math.max(1, counts.size));
  const free = width - least * counts.size;
  let at = x;
  return Array.from(counts, ([fate, count]) => {
    const part = least + (free * count) / files.length;
    const rect =
      `<rect class="${fate}" x="${round(at)}" y="${y}" width="${round(part)}" height="${height}">` +
      `<title>${number(count)} files ${LEGEND[fate]}</title></rect>`;
    at += part;
    return rect;
  }).join("");
}

function legend(y: number, files: readonly ExplainedFile[]): string {
  const counts = countsOf(files);
  let x = MARGIN;
  return Array.from(counts, ([fate, count]) => {
    const label = `${number(count)} ${LEGEND[fate]}`;
    const entry =
      `<rect class="${fate}" x="${x + 0.5}" y="${y + 0.5}" width="${CELL}" height="${CELL}" rx="2"/>` +
      `<text x="${x + CELL + 6}" y="${y + CELL - 2}">${label}</text>`;
    x += Math.round(CELL + 6 + label.length * 7.2 + 18);
    return entry;
  }).join("");
}

/** Files of each fate that occurs, in the order of {@link FATES}. */
function countsOf(files: readonly ExplainedFile[]): ReadonlyMap<Fate, number> {
  const counts = new Map<Fate, number>(FATES.map((fate) => [fate, 0]));
  for (const file of files) counts.set(fateOf(file), counts.get(fateOf(file))! + 1);
  return new Map([...counts].filter(([, count]) => count > 0));
}

function fateOf({ skipped }: ExplainedFile): Fate {
  if (skipped === undefined) return "kept";
  if (skipped.level === "manifest") return "manifest";
  return skipped.rule === "column-metrics" ? "metrics" : "partition";
}

function sorted(files: readonly ExplainedFile[]): ExplainedFile[] {
  return [...files].sort((a, b) => FATES.indexOf(fateOf(a)) - FATES.indexOf(fateOf(b)));
}

function percent({ considered, skipped }: Share): string {
  if (considered === 0 || skipped === 0) return "";
  const share = (100 * skipped) / considered;
  return `, ${share > 99 && share < 100 ? Math.min(99.99, share).toFixed(2) : share.toFixed(0)} % skipped`;
}

function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let at = 0;
  let amount = value;
  while (amount >= 1024 && at < units.length - 1) {
    amount /= 1024;
    at++;
  }
  return `${at === 0 ? amount : amount.toFixed(1)} ${units[at]}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text that is safe in XML; characters that XML has no form for become a mark. */
function escaped(text: string): string {
  return Array.from(
    text,
    (character) => ENTITIES[character] ?? (isXml(character) ? character : "\ufffd"),
  ).join("");
}

function isXml(character: string): boolean {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
}
