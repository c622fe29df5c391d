/** One run: suites executed, engines started on first use, outcomes gathered. @module */
import { mkdirSync, rmSync } from "node:fs";
import { type Engine, type EngineKind, startEngine } from "./engine.ts";
import { knownFault } from "./known-faults.ts";
import { inHome } from "./places.ts";
import type { CheckWork, Outcome, Suite } from "./suite.ts";

/** One run: engines started on first use, outcomes gathered. */
export class Run {
  readonly outcomes: Outcome[] = [];
  readonly facts = { versions: {} as Record<string, string>, startSeconds: {} as Record<string, number> };
  private readonly kinds: readonly EngineKind[];
  private readonly options: Readonly<Record<string, string | undefined>>;
  private readonly started = new Map<string, Engine>();

  constructor(kinds: readonly EngineKind[], options: Readonly<Record<string, unknown>>) {
    this.kinds = kinds;
    const texts = Object.entries(options).filter(([, value]) => typeof value === "string");
    this.options = Object.fromEntries(texts) as Record<string, string>;
  }

  async suite(suite: Suite): Promise<void> {
    const folder = inHome("work", suite.name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    console.log(`suite ${suite.name}: ${suite.purpose}`);
    const check = this.check.bind(this, suite.name);
    await check("suite", "harness", "ran to its end", async () => {
      const engines: Engine[] = [];
      for (const kind of this.kinds) engines.push(await this.engine(kind.name));
      const engine = (name: string) => this.engine(name);
      await suite.run({ engines, engine, folder, options: this.options, check });
    });
  }

  async close(): Promise<void> {
    for (const engine of this.started.values()) await engine.close();
  }

  private async engine(name: string): Promise<Engine> {
    const running = this.started.get(name);
    if (running !== undefined) return running;
    const kind = this.kinds.find((k) => k.name === name);
    if (kind === undefined) throw new Error(`This suite needs the engine ${name}: add it to --engines`);
    const start = Date.now();
    rmSync(inHome("logs", `${name}.log`), { force: true });
    const engine = startEngine(kind);
    const hello = await engine.call("hello");
    this.facts.startSeconds[name] = (Date.now() - start) / 1000;
    this.facts.versions[name] = String(hello.fields.version);
    console.log(
      `  ${name} ${hello.fields.version} answered after ${this.facts.startSeconds[name].toFixed(1)} s`,
    );
    this.started.set(name, engine);
    return engine;
  }

  private async check(
    suite: string,
    subject: string,
    engine: string,
    title: string,
    work: CheckWork,
  ): Promise<boolean> {
    const start = Date.now();
    let error: string | undefined;
    let known: string | undefined;
    try {
      known = (await work()) ?? undefined;
    } catch (caught) {
      error = caught instanceof Error ? caught.message : String(caught);
    }
    const fault = knownFault(engine, subject, title);
    if (fault !== undefined && error === undefined) {
      error = `Passed, though a fault was known: ${fault.why}. Remove it from known-faults.ts`;
    } else if (fault?.error.test(error ?? "")) {
      known = fault.why;
      error = undefined;
    }
    const outcome = {
      suite,
      subject,
      engine,
      title,
      passed: error === undefined,
      milliseconds: Date.now() - start,
    };
    this.outcomes.push({
      ...outcome,
      ...(error !== undefined && { error }),
      ...(known !== undefined && { known }),
    });
    return error === undefined;
  }
}
