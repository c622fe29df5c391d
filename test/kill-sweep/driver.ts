/**
 * Runs one operation on a table when a line comes in: `node driver.js WAREHOUSE OPERATION`. Prints `ready` and then what
 * became of the operation; dies when told to by whoever traces it.
 */
import { stat } from "node:fs/promises";
import { isIcebergError } from "../../src/index.ts";
import { fileCatalog } from "../../src/node.ts";
import { OPERATIONS, schema } from "./operations.ts";

const [warehouse, operation] = process.argv.slice(2) as [string, string];
const table = (await fileCatalog(warehouse).loadTable("ns.events")).as(schema);
// The one thread of the pool is there from now on.
await stat("/");
console.log("ready");
await new Promise((go) => process.stdin.once("data", go));
process.stdin.destroy();
try {
  await OPERATIONS[operation]!.run(table);
  console.log("acknowledged");
} catch (error) {
  if (!isIcebergError(error)) console.log(`untyped: ${error}`);
  else console.log(error.code === "commit-state-unknown" ? "unknown" : `failed: ${error.code}`);
}
