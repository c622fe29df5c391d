/** A vitest reporter that writes and prints the conformance ledger of the run. @module */
import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import {
  type Area,
  ledgerTable,
  makeLedger,
  missingMusts,
  type RanTest,
  readAreas,
  readReasons,
} from "./ledger.ts";

/** What a reporter reads and where it writes; the defaults are the project's. */
export interface ConformanceReporterOptions {
  readonly areas?: readonly Area[];
  readonly reasons?: Readonly<Record<string, string>>;
  /** The folder of the JSON files. */
  readonly folder?: string;
  readonly print?: (text: string) => void;
}

const ROOT = new URL("../..", import.meta.url).pathname;

/** Joins the tests of a run with `spec/requirements/`; a MUST of an enforced area that is missing fails the run. */
export class ConformanceReporter implements Reporter {
  readonly #options: ConformanceReporterOptions;

  constructor(options: ConformanceReporterOptions = {}) {
    this.#options = options;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const {
      areas = readAreas(),
      reasons = readReasons(),
      folder = `${ROOT}.interop/conformance`,
      print = (text: string) => process.stdout.write(`${text}\n`),
    } = this.#options;
    const tests = modules.flatMap((module) => [...testsOf(module)]);
    const ledger = makeLedger(areas, reasons, tests);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/ledger.json`, `${JSON.stringify(ledger, null, 1)}\n`);
    writeFileSync(`${folder}/tests.json`, `${JSON.stringify(tests, null, 1)}\n`);

    const missing = missingMusts(ledger, true);
    print(`\nRequirements (${folder}/ledger.json)\n`);
    print(ledgerTable(ledger));
    const open = missingMusts(ledger, false);
    if (open.length > 0) print(`\n${open.length} MUSTs without a test in other areas: ${open.join(" ")}`);
    for (const fault of ledger.faults) print(`\nfault: ${fault}`);
    if (missing.length > 0)
      print(`\n${missing.length} MUSTs have neither test nor reason: ${missing.join(" ")}`);
    else print("\nEvery MUST of the enforced areas is tested or listed with its reason.");
    if (missing.length > 0 || ledger.faults.length > 0) process.exitCode = 1;
  }
}

function* testsOf(module: TestModule): Generator<RanTest> {
  const file = relative(ROOT, module.moduleId);
  for (const test of module.children.allTests()) {
    const { assertions = 0 } = test.meta() as { readonly assertions?: number };
    yield { title: test.fullName, file, passed: test.result().state === "passed", assertions };
  }
}
