/**
 * icewright's part of plan.mjs: plans of one table, each on a table object of its own.
 * `node icewright.mjs DIST FOLDER ROUNDS FILTER`; one line of JSON.
 */
import { pathToFileURL } from "node:url";

const [dist, folder, rounds, filter] = process.argv.slice(2);
const { openTable, parseExpression } = {
  ...(await import(pathToFileURL(`${dist}/node.js`).href)),
  ...(await import(pathToFileURL(`${dist}/index.js`).href)),
};
const runs = [];
for (let round = 0; round < Number(rounds); round++) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const table = await openTable(folder);
  let kept = 0;
  for await (const _task of table.scan({ filter: parseExpression(filter) }).planFiles()) kept++;
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  runs.push({ wallMs, cpuMs: (user + system) / 1000, kept });
}
console.log(JSON.stringify({ runs, peakMB: process.resourceUsage().maxRSS / 1024 }));
