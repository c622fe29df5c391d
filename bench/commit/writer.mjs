/**
 * One writer process of a race: loads a table, says `ready`, waits for a line, appends `count` rows one commit each and
 * prints a JSON line for each: the row's id, the milliseconds it took, the error's code if it failed.
 */
const [, , dist, warehouse, first, count, rows] = process.argv;
const { fileCatalog } = await import(`${dist}/node.js`);
const { isIcebergError } = await import(`${dist}/index.js`);
const catalog = fileCatalog(warehouse);
let table = await catalog.loadTable("ns.events");
console.log("ready");
await new Promise((go) => process.stdin.once("data", go));
process.stdin.destroy();
const lines = [];
for (let at = 0; at < Number(count); at++) {
  const id = Number(first) + at * Number(rows);
  const batch = Array.from({ length: Number(rows) }, (_, row) => ({ id: id + row, name: `row ${id + row}` }));
  const began = performance.now();
  let error;
  try {
    ({ table } = await table.append(batch));
  } catch (failure) {
    error = isIcebergError(failure) ? failure.code : `untyped: ${failure}`;
    table = await catalog.loadTable("ns.events");
  }
  lines.push(JSON.stringify({ id, ms: performance.now() - began, error }));
}
console.log(lines.join("\n"));
