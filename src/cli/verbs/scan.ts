/** `icewright scan`: rows of a table as a text table or as JSON Lines. Spec: Scan Planning. @module */
import { stringifyJson } from "../../base/index.ts";
import { type Expression, parseExpression } from "../../expressions/index.ts";
import type { RowBatch, Scan } from "../../reading/index.ts";
import type { Field } from "../../schema/index.ts";
import { canonicalJson } from "../../values/index.ts";
import { namesFlag, wholeNumberFlag } from "../arguments.ts";
import { cellOf, columnOf, count, grouped } from "../format.ts";
import { openTableArgument } from "../open-table.ts";
import { scanSummaryLine } from "../scan-summary.ts";
import { scanTime, TIME_FLAGS } from "../scan-time.ts";
import { type Cell, StreamedTable } from "../terminal-table.ts";
import type { CliContext, Flag, Invocation, Verb } from "../verb.ts";

/** `--where`, as every verb that filters takes it. */
export const WHERE_FLAG: Flag = {
  kind: "text",
  placeholder: "EXPR",
  help: "Only rows that match, e.g. \"status_code = 'ERROR' AND duration_ms > 500\"",
};

/** `--tenant`, which no other condition can widen (decision 21). */
export const TENANT_FLAG: Flag = {
  kind: "text",
  placeholder: "NAME",
  help: "Only rows of this organization_id, whatever --where says",
};

/** What EXPR may be, for the help. */
export const WHERE_NOTE =
  "EXPR is SQL-like: = <> < <= > >= IN BETWEEN IS NULL IS NAN LIKE 'prefix%' AND OR NOT ( ), text in single quotes,\n" +
  "names that are no plain words in double quotes, times as text: event_timestamp >= '2025-10-01T00:00:00Z'.\n" +
  "day(ts) = '2025-10-01' and other transforms work too.";

/** The expression of `--where`. Throws `invalid-expression`. */
export function whereOf(invocation: Invocation): Expression | undefined {
  const text = invocation.text("where");
  return text === undefined ? undefined : parseExpression(text);
}

export const scan: Verb = {
  name: "scan",
  summary: "Print rows of a table",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {
    where: WHERE_FLAG,
    tenant: TENANT_FLAG,
    select: { kind: "text", placeholder: "a,b", help: "Only these columns, in this order" },
    limit: { kind: "text", placeholder: "N", help: "At most N rows" },
    count: { kind: "switch", help: "Print the number of rows instead" },
    ...TIME_FLAGS,
  },
  notes: [
    WHERE_NOTE,
    "Rows come in no particular order. --json prints one row a line: 64-bit integers as bare digits, decimals, times\n" +
      'and uuids as text, binary as hex, maps as [[key, value], …]; with --count one line {"count":N}.',
  ],
  examples: [
    { command: "scan telemetry.trace_events --limit 10", says: "the first rows" },
    {
      command: `scan telemetry.trace_events --where "organization_id = 'org_abc'" --select trace_id,duration_ms`,
      says: "two columns of one tenant",
    },
    { command: "scan ./warehouse/telemetry/trace_events --count --json", says: "by path, counted, as JSON" },
  ],
  run: runScan,
};

async function runScan(invocation: Invocation, context: CliContext): Promise<void> {
  const limit = wholeNumberFlag(invocation, "limit");
  const select = namesFlag(invocation, "select");
  const filter = whereOf(invocation);
  const tenant = invocation.text("tenant");
  const at = scanTime(invocation);
  const table = await openTableArgument(invocation.operands[0]!, context);
  const rows = table.scan({
    ...(at && { at }),
    ...(filter && { filter }),
    ...(tenant !== undefined && { tenant }),
    ...(select && { select }),
    ...(limit !== undefined && { limit }),
  });
  if (invocation.has("count")) {
    const number = await rows.count({ signal: context.signal });
    await context.out.line(context.json ? `{"count":${number}}` : String(number));
    await context.note(scanSummaryLine(rows.report));
    return;
  }
  const printed = context.json ? await printJsonLines(rows, context) : await printTable(rows, context);
  await context.note(`${count(printed, "row")}; ${scanSummaryLine(rows.report)}`);
}

/** Prints rows as JSON Lines, members in the order of the scan's columns. */
async function printJsonLines(rows: Scan, context: CliContext): Promise<number> {
  const { out, signal, progress, columns } = context;
  const keys = rows.fields.map((field, at) => `${at === 0 ? "" : ","}${JSON.stringify(field.name)}:`);
  let printed = 0;
  for await (const batch of rows.batches({ signal })) {
    let text = "";
    for (let row = 0; row < batch.rowCount; row++) {
      text += "{";
      for (const [at, field] of rows.fields.entries()) {
        text += keys[at]! + stringifyJson(canonicalJson(field.type, batch.columns[at]![row] ?? null));
      }
      text += "}\n";
      if (text.length >= WRITE_SIZE) {
        await out.write(text);
        text = "";
      }
    }
    await out.write(text);
    printed += batch.rowCount;
    // Rows that run over the terminal are progress enough.
    if (columns === undefined)
      await progress.show({ label: "scanning", done: printed, detail: count(printed, "row") });
  }
  return printed;
}

/** Characters handed to the stream at once. */
const WRITE_SIZE = 1 << 16;

/** Prints the first `most` rows as a table for people; reads to the end and answers how many there are. */
export async function printTable(
  rows: Scan,
  { out, signal, paint, columns, note }: CliContext,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const table = new StreamedTable(
    rows.fields.map((field) => columnOf(field.name, field.type)),
    { paint, ...(columns !== undefined && { columns }) },
  );
  let printed = 0;
  for await (const batch of rows.batches({ signal })) {
    const shown = Math.min(batch.rowCount, most - printed);
    for (let from = 0; from < shown; from += ROWS_AT_ONCE) {
      await out.write(table.add(cellsOf(rows.fields, batch, from, Math.min(shown, from + ROWS_AT_ONCE))));
    }
    printed += batch.rowCount;
  }
  await out.write(table.end());
  if (table.hidden.length > 0) {
    await note(
      `${grouped(table.hidden.length)} more columns (use --select or --json): ${table.hidden.join(", ")}`,
    );
  }
  return printed;
}

const ROWS_AT_ONCE = 512;

function cellsOf(fields: readonly Field[], batch: RowBatch, from: number, end: number): Cell[][] {
  const cells: Cell[][] = [];
  for (let row = from; row < end; row++) {
    cells.push(fields.map((field, at) => cellOf(field.type, batch.columns[at]![row] ?? null)));
  }
  return cells;
}
