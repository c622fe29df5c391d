/** Row objects out of batches: the slower door. Spec: decision 2. @module */
import type { Field, Value } from "../schema/index.ts";
import { rowValueOf } from "../values/index.ts";
import type { RowBatch } from "./read-task.ts";

/** Rows made at a time: few enough to be used, or gone, while they are in the processor's cache. */
const CHUNK = 256;
/** Engines keep objects of more members in tables, copies of which cost more than members added one by one. */
const MANY_MEMBERS = 128;
const NO_ROWS: RowBatch = { rowCount: 0, columns: [] };

/** Makes the rows of a batch from one place on, some at a time: none when the batch has no more. */
export type RowMaker<Row> = (batch: RowBatch, from: number) => readonly Row[];

/**
 * The function that turns batches into rows of own members, whatever the columns are called (SCH-029): decimals as text,
 * everything else as it is held.
 */
export function rowMaker<Row>(fields: readonly Field[]): RowMaker<Row> {
  const columns = fields.map(({ name, type }) => {
    const convert = rowValueOf(type);
    return { name, convert: changes(type.kind) ? convert : undefined };
  });
  const blank = blankRow(fields.map(({ name }) => name));
  return ({ rowCount, columns: values }, from) => {
    const count = Math.min(CHUNK, rowCount - from);
    const rows: Record<string, unknown>[] = new Array(count);
    for (let i = 0; i < count; i++) rows[i] = { ...blank };
    columns.forEach(({ name, convert }, place) => {
      if (convert === undefined) setAll(rows, name, values[place]!, from);
      else setConverted(rows, name, values[place]!, from, convert);
    });
    return rows as Row[];
  };
}

/** All rows of a batch, at the end of an array. */
export function appendRows<Row>(rows: Row[], batch: RowBatch, rowsOf: RowMaker<Row>): void {
  for (let from = 0; from < batch.rowCount; ) {
    const made = rowsOf(batch, from);
    for (let i = 0; i < made.length; i++) rows.push(made[i]!);
    from += made.length;
  }
}

/** Rows one by one, for `for await`. Leaving the loop, or calling `return`, ends the reading. */
export interface RowStream<Row> extends AsyncIterableIterator<Row, void, undefined> {
  next(): Promise<IteratorResult<Row, void>>;
  return(value?: undefined): Promise<IteratorResult<Row, void>>;
  throw(error: unknown): Promise<IteratorResult<Row, void>>;
}

/**
 * The rows of batches. It behaves as an async generator does, but takes a quarter of its time: rows at hand are answered
 * without waking one up.
 */
export function rowStream<Row>(
  batches: AsyncGenerator<RowBatch, void, undefined>,
  rowsOf: RowMaker<Row>,
  signal?: AbortSignal,
): RowStream<Row> {
  return new BufferedRows(batches, rowsOf, signal);
}

class BufferedRows<Row> implements RowStream<Row> {
  private readonly batches: AsyncGenerator<RowBatch, void, undefined>;
  private readonly rowsOf: RowMaker<Row>;
  private readonly signal: AbortSignal | undefined;
  private batch = NO_ROWS;
  /** Rows of the batch that were made. */
  private made = 0;
  private rows: readonly Row[] = [];
  private at = 0;
  /** What was asked before and is not answered yet: requests are answered in their order. */
  private busy: Promise<unknown> | undefined;

  constructor(
    batches: AsyncGenerator<RowBatch, void, undefined>,
    rowsOf: RowMaker<Row>,
    signal: AbortSignal | undefined,
  ) {
    this.batches = batches;
    this.rowsOf = rowsOf;
    this.signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Row, void>> {
    if (this.busy === undefined && this.at < this.rows.length && this.signal?.aborted !== true) {
      return Promise.resolve({ done: false, value: this.rows[this.at++]! });
    }
    return this.inTurn(() => this.advance());
  }

  return(): Promise<IteratorResult<Row, void>> {
    return this.inTurn(() => this.end());
  }

  throw(error: unknown): Promise<IteratorResult<Row, void>> {
    return this.inTurn(() => this.fail(error));
  }

  private async advance(): Promise<IteratorResult<Row, void>> {
    try {
      // Without rows at hand it is the batches' business.
      if (this.at < this.rows.length || this.made < this.batch.rowCount) this.signal?.throwIfAborted();
      while (this.at === this.rows.length) {
        if (this.made === this.batch.rowCount) {
          const { done, value } = await this.batches.next();
          if (done) return this.end();
          this.batch = value;
          this.made = 0;
        }
        this.rows = this.rowsOf(this.batch, this.made);
        this.made += this.rows.length;
        this.at = 0;
      }
    } catch (error) {
      return this.fail(error);
    }
    return { done: false, value: this.rows[this.at++]! };
  }

  /** Ends the reading with the error that it is about, whatever closing says. */
  private async fail(error: unknown): Promise<never> {
    await this.end().catch(() => undefined);
    throw error;
  }

  private async end(): Promise<IteratorResult<Row, void>> {
    this.batch = NO_ROWS;
    this.rows = [];
    this.made = this.at = 0;
    await this.batches.return();
    return { done: true, value: undefined };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const answer = this.busy === undefined ? work() : this.busy.then(work, work);
    this.busy = answer;
    const settled = () => {
      if (this.busy === answer) this.busy = undefined;
    };
    answer.then(settled, settled);
    return answer;
  }
}

/**
 * A row without values, to be copied: copies share its hidden class with all members inside the object, which members
 * added by computed names do not get (five times the time for 24 columns). The member `__proto__` is always there, since
 * assigning it to a row without it would set the prototype.
 */
function blankRow(names: readonly string[]): Readonly<Record<string, unknown>> {
  const first = names.length > MANY_MEMBERS ? names.filter((name) => name === "__proto__") : names;
  const parsed = JSON.parse(`{${first.map((name) => `${JSON.stringify(name)}:null`).join()}}`);
  return { ...parsed };
}

function setAll(
  rows: Record<string, unknown>[],
  name: string,
  values: RowBatch["columns"][number],
  from: number,
): void {
  for (let i = 0; i < rows.length; i++) rows[i]![name] = values[from + i];
}

function setConverted(
  rows: Record<string, unknown>[],
  name: string,
  values: RowBatch["columns"][number],
  from: number,
  convert: (held: Value) => unknown,
): void {
  for (let i = 0; i < rows.length; i++) {
    const held = values[from + i] as Value | null;
    rows[i]![name] = held === null ? held : convert(held);
  }
}

/** Whether rows may show values of a type in another form than they are held. */
function changes(kind: Field["type"]["kind"]): boolean {
  return kind === "decimal" || kind === "struct" || kind === "list" || kind === "map";
}
