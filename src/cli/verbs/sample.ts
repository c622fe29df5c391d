/** `icewright sample`: writes sample telemetry to try the other verbs with. Spec: OTLP file exporter. @module */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { IcebergError, stringifyJson, utf8Encode } from "../../base/index.ts";
import { fileError } from "../../io/node.ts";
import { encodeTraces } from "../../otlp-wire/index.ts";
import { sampleTraces } from "../../telemetry/index.ts";
import { choiceFlag, wholeNumberFlag } from "../arguments.ts";
import { count, document } from "../format.ts";
import { tracesToJson } from "../otlp-json.ts";
import { harmless } from "../terminal.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";

const FORMATS = ["pb", "json"] as const;

export const sample: Verb = {
  name: "sample",
  summary: "Write sample OTLP traces of agent workloads to a file",
  flags: {
    out: {
      kind: "text",
      placeholder: "FILE",
      help: "Where to (default sample-traces.pb or .json); - is standard output",
    },
    format: {
      kind: "text",
      placeholder: "pb|json",
      choices: FORMATS,
      help: "Protobuf (default) or OTLP/JSON",
    },
    seed: { kind: "text", placeholder: "N", help: "Equal seeds give equal traces" },
    runs: { kind: "text", placeholder: "N", help: "Workload runs, about 7 spans each (default 36)" },
  },
  notes: [
    "Three organizations over the months 2025-09 to 2025-11, with model calls, failures and spans that trace_events must\n" +
      "refuse. A file that exists is not overwritten. An ending .json of --out means --format json.",
  ],
  examples: [
    {
      command: "sample && icewright ingest sample-traces.pb",
      says: "makes traces and writes them to a table",
    },
    { command: "sample --runs 10000 --seed 7 --out big-traces.pb", says: "about 70,000 spans" },
    { command: "sample --format json --out - | jq .resourceSpans[0].resource", says: "to look at" },
  ],
  run: runSample,
};

async function runSample(invocation: Invocation, context: CliContext): Promise<void> {
  const given = invocation.text("out");
  const ending = given !== undefined && /\.json$/i.test(given) ? "json" : "pb";
  const format = choiceFlag(invocation, "format", FORMATS) ?? ending;
  const seed = wholeNumberFlag(invocation, "seed");
  const runs = wholeNumberFlag(invocation, "runs");
  if (runs === 0) throw new UsageError("--runs takes a number of 1 or more");
  const traces = sampleTraces({ ...(seed !== undefined && { seed }), ...(runs !== undefined && { runs }) });
  const spans = traces.resourceSpans.reduce(
    (sum, { scopeSpans }) => sum + scopeSpans.reduce((inScope, scope) => inScope + scope.spans.length, 0),
    0,
  );
  const bytes =
    format === "pb" ? encodeTraces(traces) : utf8Encode(`${stringifyJson(tracesToJson(traces))}\n`);
  if (given === "-") {
    if (format === "pb" && context.columns !== undefined) {
      throw new UsageError("protobuf does not belong on a terminal: say --out FILE, or --format json");
    }
    await context.out.write(bytes);
    await context.note(`wrote ${count(spans, "span")}`);
    return;
  }
  const name = given ?? `sample-traces.${format}`;
  const path = resolve(context.cwd, name);
  await create(path, name, bytes, context.signal);
  if (context.json) {
    await context.out.write(document({ file: path, format, spans, size: bytes.length }));
  } else {
    await context.out.line(`wrote ${count(spans, "span")} to ${harmless(name)}`);
  }
}

async function create(path: string, name: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  try {
    await writeFile(path, bytes, { flag: "wx", signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw fileError("write", name, error);
    }
    throw new IcebergError("already-exists", `Cannot write ${name}: it exists`, {
      context: { file: path, hint: "name another file with --out" },
      cause: error,
    });
  }
}
