/**
 * From OTLP files to the tables of their signals: every request is decoded before anything is committed, so that a
 * broken file leaves nothing behind. Spec: OTLP/HTTP; OTLP file exporter.
 * @module
 */
import { stat } from "node:fs/promises";
import { IcebergError } from "../base/index.ts";
import type { Snapshot } from "../metadata/index.ts";
import type { Catalog, Table } from "../table/index.ts";
import { catalogText } from "./catalog-choice.ts";
import { count } from "./format.ts";
import { inRequest, type OtlpFile, type RequestBody, readRequests } from "./otlp-files.ts";
import { RowChannel } from "./row-channel.ts";
import {
  type InputRow,
  type MapSettings,
  type Rejection,
  SIGNALS,
  type Signal,
  type SignalName,
  signalOfJson,
  signalOfName,
} from "./signals.ts";
import { createTelemetryTable, type TelemetryTarget, telemetryTarget } from "./telemetry-table.ts";
import type { CliContext } from "./verb.ts";

/** What the command line asks for. */
export interface IngestOptions {
  readonly namespace: string;
  /** Given: every file holds it. */
  readonly signal?: SignalName;
  readonly settings: Omit<MapSettings, "timestampType">;
}

/** What became of one signal of one file so far. */
export interface FileTotals {
  readonly file: OtlpFile;
  requests: number;
  items: number;
  rows: number;
  rejected: number;
}

/** Everything of one signal. */
export interface SignalTotals {
  readonly signal: Signal;
  readonly target: TelemetryTarget;
  readonly files: Map<OtlpFile, FileTotals>;
  readonly rejected: Rejection[];
  /** Absent: nothing was to write. */
  appended?: Appended;
}

export interface Appended {
  readonly table: Table;
  readonly snapshot: Snapshot;
}

/** Rows held before a table is made: a broken file among small ones then leaves no empty table behind. */
const READ_AHEAD_ROWS = 50_000;

/**
 * Ingests the files: one commit for each table, after everything was decoded.
 * @throws IcebergError `invalid-payload` naming file, line and place, `invalid-argument` where a file does not say
 * what it holds, and whatever writing throws; nothing is committed then.
 */
export async function ingestFiles(
  files: readonly OtlpFile[],
  catalog: Catalog,
  options: IngestOptions,
  context: CliContext,
): Promise<readonly SignalTotals[]> {
  const writers = new Map<SignalName, SignalWriter>();
  const open = async (name: SignalName): Promise<SignalWriter> => {
    const known = writers.get(name);
    if (known !== undefined) return known;
    const target = await telemetryTarget(catalog, options.namespace, SIGNALS[name], context);
    const writer = new SignalWriter(SIGNALS[name], target, catalog, context);
    writers.set(name, writer);
    return writer;
  };
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  let rows = 0;
  try {
    for (const [index, file] of files.entries()) {
      let request = 0;
      const ofFile = new Set<SignalWriter>();
      for await (const body of readRequests(file, context)) {
        context.signal.throwIfAborted();
        request++;
        const writer = await open(
          inRequest(file, body, () => signalOf(file, body, options.signal)) ?? "traces",
        );
        const { settings } = options;
        const mapped = inRequest(file, body, () => writer.map(file, body, request, settings));
        ofFile.add(writer);
        rows += mapped.length;
        await writer.add(mapped);
        // Held rows of all signals count: a later file may belong to another table.
        if (rows >= READ_AHEAD_ROWS) for (const each of writers.values()) await each.start();
        await context.progress.show({
          label: file.name,
          done: before + body.bytesRead,
          total,
          detail: count(rows, "row"),
        });
      }
      for (const writer of ofFile) await context.note(writer.noteOf(file));
      before += sizes[index]!;
    }
    for (const writer of writers.values()) await writer.start();
    for (const writer of writers.values()) writer.finish();
    await Promise.all([...writers.values()].map((writer) => writer.done()));
  } catch (error) {
    for (const writer of writers.values()) writer.fail(error);
    await Promise.allSettled([...writers.values()].map((writer) => writer.done()));
    throw error;
  }
  return [...writers.values()].map(({ totals }) => totals);
}

/** One table's rows on their way. */
class SignalWriter {
  readonly totals: SignalTotals;
  private readonly catalog: Catalog;
  private readonly context: CliContext;
  private readonly held: (readonly InputRow[])[] = [];
  private readonly channel = new RowChannel<readonly InputRow[]>();
  private running: Promise<Appended> | undefined;

  constructor(signal: Signal, target: TelemetryTarget, catalog: Catalog, context: CliContext) {
    this.totals = { signal, target, files: new Map(), rejected: [] };
    this.catalog = catalog;
    this.context = context;
  }

  /** Decodes and maps a request, and counts what it holds. */
  map(
    file: OtlpFile,
    { bytes }: RequestBody,
    request: number,
    settings: IngestOptions["settings"],
  ): readonly InputRow[] {
    const { signal, target, files, rejected } = this.totals;
    const mapping = Object.fromEntries(
      Object.entries(settings.mapping).filter(([column]) => signal.mappable.includes(column)),
    );
    const all = { ...settings, mapping, timestampType: target.timestampType };
    const mapped = signal.map(bytes, file.kind.contentType, all, { file: file.name, request });
    const totals = files.get(file) ?? { file, requests: 0, items: 0, rows: 0, rejected: 0 };
    files.set(file, totals);
    totals.requests++;
    totals.items += mapped.items;
    totals.rows += mapped.rows.length;
    totals.rejected += mapped.rejected.length;
    for (const item of mapped.rejected) rejected.push(item);
    return mapped.rows;
  }

  async add(rows: readonly InputRow[]): Promise<void> {
    if (rows.length === 0) return;
    if (this.running === undefined) this.held.push(rows);
    else await this.channel.push(rows);
  }

  /** Makes the table if need be and begins to write; without rows nothing happens. */
  async start(): Promise<void> {
    if (this.running !== undefined || this.held.length === 0) return;
    const { target } = this.totals;
    const table =
      target.table ??
      (await createTelemetryTable(this.catalog, target.name, target.definition, this.context));
    await this.context.note(`writing to ${table.name} in ${catalogText(this.context.catalog)}`);
    this.running = table.append(this.rows(), { signal: this.context.signal });
    // A writer that fails must not let the reader wait for room.
    this.running.catch((error: unknown) => this.channel.fail(error));
  }

  /** No more rows come: from now on the writer may commit. */
  finish(): void {
    this.channel.close();
  }

  fail(error: unknown): void {
    this.channel.fail(error);
  }

  async done(): Promise<void> {
    if (this.running !== undefined) this.totals.appended = await this.running;
  }

  /** `traces.pb: 358 spans, 285 rows, 73 rejected`. */
  noteOf(file: OtlpFile): string {
    const { items, rows, rejected } = this.totals.files.get(file)!;
    return `${file.name}: ${count(items, ...this.totals.signal.item)}, ${count(rows, "row")}, ${rejected} rejected`;
  }

  private async *rows(): AsyncGenerator<readonly InputRow[]> {
    for (let batch = this.held.shift(); batch !== undefined; batch = this.held.shift()) yield batch;
    yield* this.channel;
  }
}

/**
 * The signal of a request: what the command line says, what the JSON says of itself, what the file's name says.
 * `undefined` for a JSON request that says nothing and holds nothing.
 */
function signalOf(file: OtlpFile, body: RequestBody, given: SignalName | undefined): SignalName | undefined {
  if (file.kind.contentType === "application/json") {
    const own = signalOfJson(body.bytes);
    if (own !== undefined && given !== undefined && own !== given) {
      throw new IcebergError("invalid-payload", `it holds ${own}, not ${given}`, {
        context: { hint: `nothing was written; leave out --signal, or say --signal ${own}` },
      });
    }
    return own ?? given ?? signalOfName(file.name);
  }
  const signal = given ?? signalOfName(file.name);
  if (signal !== undefined) return signal;
  throw new IcebergError(
    "invalid-argument",
    "protobuf does not say which signal it holds, and neither does the name of the file",
    { context: { hint: "add --signal traces, --signal logs or --signal metrics" } },
  );
}
