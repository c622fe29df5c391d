/**
 * The client side of every engine: a long-lived process fed JSON lines (see `engines/protocol.py`), or any object
 * with the same operations.
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import type { Piece } from "./install.ts";
import { lines } from "./lines.ts";
import { inHome } from "./places.ts";
import type { Dialect, Predicate } from "./predicate.ts";
import type { TableFacts } from "./table-metadata.ts";

/** A table state to look at. */
export interface TableAt {
  /** Location or path of the metadata.json. */
  readonly metadata: string;
  /** A snapshot other than the current one, as a digit string. */
  readonly snapshot?: string;
}

export interface ScanRequest extends TableAt {
  readonly filter?: Predicate;
  readonly columns?: readonly string[];
  /** Engine-specific switches, such as Spark's `vectorized`. */
  readonly [option: string]: unknown;
}

/** One reply: the fields beside `rows`, and the row lines (JSON texts) if the operation has any. */
export interface Reply {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly rows: readonly string[];
}

/** Metadata views that an engine may offer. */
export type View = "snapshots" | "files" | "columns" | "partitions" | "entries";

/** An independent implementation that judges our bytes. */
export interface Engine {
  readonly name: string;
  readonly kind: EngineKind;
  /** Rows as canonical JSON texts, in any order. */
  scan(request: ScanRequest): Promise<readonly string[]>;
  count(request: ScanRequest): Promise<number>;
  /** A metadata view as JSON texts. */
  view(view: View, at: TableAt): Promise<readonly string[]>;
  /** Any other operation of the adapter. */
  call(op: string, request?: Readonly<Record<string, unknown>>): Promise<Reply>;
  close(): Promise<void>;
}

/** What a table's snapshot holds beside plain data files. */
export type Feature =
  | "position-deletes"
  | "equality-deletes"
  | "deletion-vectors"
  | "null-nested"
  | "early-dates";

export interface Refusal {
  readonly why: string;
  readonly pattern: RegExp;
}

/** How to make an engine available. */
export interface EngineKind {
  readonly name: string;
  readonly stage: "fast" | "medium";
  readonly pieces: readonly Piece[];
  /** The program and arguments that speak the protocol. */
  readonly command: () => {
    readonly program: string;
    readonly args: readonly string[];
    readonly env?: Record<string, string>;
  };
  /** The metadata views its adapter offers. */
  readonly views: readonly View[];
  /** Columns of a view that must be there, beyond those every engine shows, or the comparison would be void. */
  readonly shows?: Readonly<Partial<Record<View, readonly string[]>>>;
  /** Where its predicates differ from SQL's. */
  readonly dialect: Dialect;
  /** Types whose values it compares as we do, beyond those on which every engine agrees; `struct` for fields inside. */
  readonly compares?: RegExp;
  /** Further ways to scan, each tried on every table beside the default. */
  readonly scanOptions?: readonly Readonly<Record<string, unknown>>[];
  /** Why the engine cannot read a table, if so; it must then fail with that message, so that progress is noticed. */
  readonly refuses?: (table: TableFacts, features: ReadonlySet<Feature>) => Refusal | undefined;
  /** How many derived filters one table costs at most, and how many around stored bounds. */
  readonly filterLimit: number;
  readonly boundLimit: number;
}

/** The engine answered that it does not implement something, or failed on the request. */
export class EngineError extends Error {
  readonly engine: string;
  readonly unsupported: boolean;
  constructor(engine: string, message: string, unsupported: boolean) {
    super(`${engine}: ${message}`);
    this.name = "EngineError";
    this.engine = engine;
    this.unsupported = unsupported;
  }
}

/** An engine as a child process, started with the first call and again after it died. */
export function startEngine(kind: EngineKind): Engine {
  return new ProcessEngine(kind);
}

class ProcessEngine implements Engine {
  readonly kind: EngineKind;
  private running: EngineProcess | undefined;

  constructor(kind: EngineKind) {
    this.kind = kind;
  }

  get name(): string {
    return this.kind.name;
  }

  async scan(request: ScanRequest): Promise<readonly string[]> {
    return (await this.call("scan", request)).rows;
  }

  async count(request: ScanRequest): Promise<number> {
    return Number((await this.call("count", request)).fields.count);
  }

  async view(view: View, at: TableAt): Promise<readonly string[]> {
    return (await this.call(view, { ...at })).rows;
  }

  call(op: string, request: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    // A crash is an answer to the request that caused it, not to those after it: DuckDB aborts on a lost manifest
    if (this.running === undefined || this.running.isDead) this.running = new EngineProcess(this.kind);
    return this.running.call(op, request);
  }

  async close(): Promise<void> {
    await this.running?.close();
  }
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** One life of an engine's process; its diagnostics are added to `.interop/logs/<name>.log`. */
class EngineProcess {
  private readonly name: string;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly tail: string[] = [];
  private readonly ended: Promise<void>;
  private nextId = 1;
  private dead: Error | undefined;

  constructor(kind: EngineKind) {
    this.name = kind.name;
    const { program, args, env } = kind.command();
    this.child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
    mkdirSync(inHome("logs"), { recursive: true });
    const log = createWriteStream(inHome("logs", `${kind.name}.log`), { flags: "a" });
    this.child.stderr.on("data", (chunk: Buffer) => {
      log.write(chunk);
      this.tail.push(chunk.toString("utf8"));
      if (this.tail.length > 50) this.tail.shift();
    });
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        log.end();
        this.fail(
          new EngineError(this.name, `process ended (${signal ?? code})\n${this.lastWords()}`, false),
        );
        resolve();
      });
    });
    this.child.once("error", (error) => this.fail(error));
    this.child.stdin.on("error", (error) => this.fail(error));
    this.read().catch((error: Error) => this.fail(error));
  }

  get isDead(): boolean {
    return this.dead !== undefined;
  }

  call(op: string, request: Readonly<Record<string, unknown>>): Promise<Reply> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.stdin.write(`${JSON.stringify({ ...request, id, op })}\n`);
    });
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
    await this.ended;
    clearTimeout(timer);
  }

  private async read(): Promise<void> {
    let head: { id: number; fields: Record<string, unknown>; rows: string[]; left: number } | undefined;
    for await (const line of lines(this.child.stdout)) {
      if (head === undefined) {
        const { id, rows, ...fields } = JSON.parse(line);
        head = { id, fields, rows: [], left: rows ?? 0 };
      } else {
        head.rows.push(line);
        head.left--;
      }
      if (head.left > 0) continue;
      this.answer(head.id, head.fields, head.rows);
      head = undefined;
    }
  }

  private answer(id: number, fields: Record<string, unknown>, rows: string[]): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (fields.ok === true) waiting?.resolve({ fields, rows });
    else waiting?.reject(new EngineError(this.name, String(fields.error), fields.unsupported === true));
  }

  private fail(error: Error): void {
    this.dead ??= error;
    for (const { reject } of this.waiting.values()) reject(this.dead);
    this.waiting.clear();
  }

  private lastWords(): string {
    return this.tail.join("").trim().split("\n").slice(-8).join("\n");
  }
}
