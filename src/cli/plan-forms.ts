/** Plans in the forms that others take. Spec: Scan Planning; REST catalog, `planTableScan`. @module */
import { type Json, stringifyJson } from "../base/index.ts";
import { fileScanTaskToJson, planTableScanResultToJson, scanTaskGroupToJson } from "../planning/index.ts";
import type { Scan } from "../reading/index.ts";
import type { Table } from "../table/index.ts";
import { document } from "./format.ts";
import type { CliContext } from "./verb.ts";

/** What `--for` takes. */
export const PLAN_FORMS = ["duckdb", "rest", "java", "workers"] as const;
export type PlanForm = (typeof PLAN_FORMS)[number];

/** Prints the plan in one form and nothing else. Throws as the form refuses what it cannot say. */
export async function printPlan(
  form: PlanForm,
  scan: Scan<unknown>,
  { metadata }: Table,
  { out, json, signal }: CliContext,
): Promise<void> {
  const { schema } = scan.chosen;
  const line = (value: Json) => out.line(stringifyJson(value));
  switch (form) {
    case "duckdb": {
      const duckdb = await scan.duckdbQuery({ signal });
      return json ? out.write(document({ duckdb })) : out.line(duckdb);
    }
    case "rest": {
      const { tasks } = await scan.plan({ signal });
      return out.write(
        document(planTableScanResultToJson(tasks, { schema, specs: metadata.partitionSpecs })),
      );
    }
    case "java":
      for await (const task of scan.planFiles({ signal })) await line(fileScanTaskToJson(task, schema));
      return;
    case "workers":
      for await (const group of scan.planTasks({ signal })) await line(scanTaskGroupToJson(group, schema));
  }
}
