/** `icewright bench pruning`: what filters cost on a table of one's own, against a full scan. Spec: Scan Planning. @module */
import { parseExpression } from "../../expressions/index.ts";
import { namesFlag, wholeNumberFlag } from "../arguments.ts";
import { barChartSvg } from "../bar-chart.ts";
import { writeDrawing } from "../drawing.ts";
import { byteSize, count, document, grouped } from "../format.ts";
import { openTableArgument } from "../open-table.ts";
import { costJson, type Kept, measurePruning, type QueryCost } from "../pruning.ts";
import { harmless, shorten } from "../terminal.ts";
import { type Cell, renderTable } from "../terminal-table.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";
import { WHERE_NOTE } from "./scan.ts";

export const bench: Verb = {
  name: "bench",
  summary: "Measure how much of a table filters let a scan skip",
  operands: "pruning TABLE",
  operandCount: { min: 2, max: 2 },
  operandChoices: ["pruning"],
  flags: {
    where: { kind: "list", placeholder: "EXPR", help: "A filter to measure; may be given several times" },
    select: { kind: "text", placeholder: "a,b", help: "Read only these columns. Default: all" },
    rounds: { kind: "text", placeholder: "N", help: "Plan and read N times, tell the median. Default: 3" },
    svg: { kind: "text", placeholder: "FILE", help: "Draw the shares of the bytes read into FILE" },
  },
  notes: [
    "Each filter is planned and read to the end, nothing kept in memory between; the full scan is the baseline. Bytes\n" +
      "are those read from data files, footers, page indexes and bloom filters included; their share is that of the size\n" +
      "of all data files of the table.",
    WHERE_NOTE,
    "--json prints one document: table, snapshot_id, queries [{query, where, planning_ms, reading_ms, manifests, files,\n" +
      "row_groups, bytes, rows (each {kept, total}), matches}].",
  ],
  examples: [
    {
      command: `bench pruning telemetry.trace_events --where "organization_id = 'org_abc'"`,
      says: "what a tenant's scan skips",
    },
    {
      command: `bench pruning telemetry.trace_events --where "status_code = 'ERROR'" --svg pruning.svg`,
      says: "with a picture",
    },
  ],
  run: runBench,
};

async function runBench(invocation: Invocation, context: CliContext): Promise<void> {
  const [what, operand] = invocation.operands;
  if (what !== "pruning")
    throw new UsageError(`There is no benchmark ${JSON.stringify(what)}: pruning is one`);
  const filters = invocation.all("where");
  if (filters.length === 0) throw new UsageError("bench pruning takes at least one --where");
  const queries = filters.map((where) => ({ name: where, where, filter: parseExpression(where) }));
  const rounds = wholeNumberFlag(invocation, "rounds") ?? 3;
  if (rounds === 0) throw new UsageError("--rounds takes 1 or more");
  const select = namesFlag(invocation, "select");
  const table = await openTableArgument(operand!, context);
  const { progress, signal } = context;
  const costs = await measurePruning(table, queries, {
    rounds,
    ...(select && { select }),
    signal,
    onQuery: (_, done) =>
      progress.show({
        label: "measuring",
        done,
        total: queries.length + 1,
        detail: count(done, "query", "queries"),
      }),
  });
  const svg = invocation.text("svg");
  if (svg !== undefined) await writeDrawing(svg, pruningSvg(table.name, costs), context);
  if (context.json) {
    const snapshotId = table.currentSnapshot?.snapshotId ?? null;
    const queriesJson = costs.map(costJson);
    await context.out.write(document({ table: table.name, snapshot_id: snapshotId, queries: queriesJson }));
    return;
  }
  const named = filters.map((where, at) => `${at + 1}  ${harmless(where)}`).join("\n");
  await context.out.line(`${named}\n\n${costTable(costs, context)}`);
}

/** Filters go by their numbers: in a cell of a table they would be cut where they begin to differ. */

function costTable(costs: readonly QueryCost[], { paint, columns }: CliContext): string {
  const rows = costs.map((cost, at): Cell[] => [
    cost.where === undefined ? cost.name : String(at),
    ofTotal(cost.manifests),
    ofTotal(cost.files),
    ofTotal(cost.rowGroups),
    byteSize(cost.bytes.kept),
    percent(cost.bytes),
    ofTotal(cost.rows),
    grouped(cost.matches),
    cost.planningMs.toFixed(1),
    cost.readingMs.toFixed(1),
  ]);
  const numbers = ["manifests", "files", "row groups", "bytes", "share", "rows read", "matches"];
  const titles = [...numbers, "plan ms", "read ms"].map((title) => ({
    title,
    numeric: true,
    spare: title === "manifests" || title === "row groups",
  }));
  const limit = columns !== undefined && { columns };
  return renderTable([{ title: "filter" }, ...titles], rows, { paint, ...limit });
}

/** The share of the bytes that each query reads, as a picture. */
function pruningSvg(table: string, costs: readonly QueryCost[]): string {
  return barChartSvg({
    title: `What scans of ${table} read`,
    subtitle: "Share of the bytes of all data files",
    groups: costs.map((cost) => ({
      title: shorten(harmless(cost.name), MOST_TITLE),
      bars: [
        {
          series: "",
          share: cost.bytes.total === 0 ? 0 : cost.bytes.kept / cost.bytes.total,
          label: `${percent(cost.bytes)} of bytes, ${ofTotal(cost.files)} files, ${grouped(cost.matches)} matches`,
        },
      ],
    })),
  });
}

/** Characters of a title that the picture has room for. */
const MOST_TITLE = 120;

function ofTotal({ kept, total }: Kept): string {
  return `${grouped(kept)} of ${grouped(total)}`;
}

function percent({ kept, total }: Kept): string {
  return total === 0 ? "0 %" : `${((100 * kept) / total).toFixed(kept * 10 < total ? 2 : 1)} %`;
}
