/**
 * ClickHouse (chdb) as an independent reader, behind the protocol of protocol.py. Argument: the folder in which the
 * npm package chdb is installed. It is lenient: it proves less than the others, but it shares no code with them.
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";

const chdb = createRequire(join(process.argv[2], "package.json"))("chdb");

const COMPARISONS = { eq: "=", "not-eq": "!=", lt: "<", "lt-eq": "<=", gt: ">", "gt-eq": ">=" };
const SETTINGS = [
  "output_format_json_quote_64bit_integers=1",
  "output_format_json_quote_decimals=1",
  "output_format_json_quote_denormals=1",
  "output_format_decimal_trailing_zeros=1",
  "date_time_output_format='iso'",
  "session_timezone='UTC'",
  "output_format_json_named_tuples_as_objects=1",
  "use_iceberg_metadata_files_cache=0",
].join(", ");

const OPERATIONS = { hello, scan, count, validate, "open-folder": openFolder, statements };

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let text;
  try {
    const answer = OPERATIONS[request.op](request);
    if (Array.isArray(answer)) {
      const head = JSON.stringify({ id: request.id, ok: true, rows: answer.length });
      text = [head, ...answer, ""].join("\n");
    } else {
      text = `${JSON.stringify({ id: request.id, ok: true, ...answer })}\n`;
    }
  } catch (error) {
    flush();
    text = `${JSON.stringify({ id: request.id, ok: false, error: String(error.message ?? error), unsupported: false })}\n`;
  }
  process.stdout.write(text);
}

function hello() {
  return { engine: "clickhouse", version: run("select version()", "TSV").trim() };
}

function scan(request) {
  const fields = fieldsOf(request);
  const wanted = request.columns
    ? request.columns.map((name) => fields.find((f) => f.name === name))
    : fields;
  if (!hasSnapshot(request)) return [];
  const chosen = wanted.map(
    (field) => `${printable(quoted(field.name), field.type)} as ${quoted(field.name)}`,
  );
  const where = request.filter ? ` where ${predicate(request.filter, fields)}` : "";
  // An inner query keeps filters on the column itself, not on its printed form
  const sql = `select ${chosen.join(", ")} from (select * from ${source(request)}${where})`;
  return run(sql, "JSONCompactEachRow")
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => rowText(JSON.parse(text), wanted));
}

function count(request) {
  if (!hasSnapshot(request)) return { count: 0 };
  const where = request.filter ? ` where ${predicate(request.filter, fieldsOf(request))}` : "";
  return { count: Number(run(`select count() from ${source(request)}${where}`, "TSV")) };
}

function openFolder(request) {
  const folder = request.folder.replace(/^file:\/\//, "");
  return { count: Number(run(`select count() from (select * from icebergLocal(${text(folder)}))`, "TSV")) };
}

function validate(request) {
  return { count: scan(request).length };
}

/** Runs statements in turn in a session of their own, with `{folder}` as the request's folder. */
function statements(request) {
  const session = new chdb.Session();
  try {
    for (const sql of request.statements) session.query(sql.replaceAll("{folder}", request.folder));
  } finally {
    session.cleanup();
  }
  return { ran: request.statements.length };
}

function run(sql, format) {
  return chdb.query(`${sql} settings ${SETTINGS}`, format).toString();
}

/** chdb hands the rows that a failed query had printed to the next query: let them go. */
function flush() {
  try {
    chdb.query("select 1", "Null");
  } catch {
    // the leftovers of one error are gone after the next query, whatever it answers
  }
}

function source(request) {
  const path = request.metadata.replace(/^file:\/\//, "");
  const table = dirname(dirname(path));
  const snapshot = request.snapshot ? `, iceberg_snapshot_id=${BigInt(request.snapshot)}` : "";
  return `icebergLocal(${text(table)}, SETTINGS iceberg_metadata_file_path=${text(`metadata/${basename(path)}`)}${snapshot})`;
}

function metadataOf(request) {
  return JSON.parse(readFileSync(request.metadata.replace(/^file:\/\//, ""), "utf8"));
}

function fieldsOf(request) {
  const metadata = metadataOf(request);
  const id = metadata["current-schema-id"] ?? 0;
  return (metadata.schemas?.find((schema) => schema["schema-id"] === id) ?? metadata.schema).fields;
}

/** ClickHouse has no rows for a table without a snapshot, but may fail instead of saying so. */
function hasSnapshot(request) {
  const current = metadataOf(request)["current-snapshot-id"];
  return current !== undefined && current !== null && current !== -1;
}

/** Bytes are printed as hex by ClickHouse itself: JSON strings could not hold them. */
function printable(column, type) {
  return type === "binary" || String(type).startsWith("fixed") ? `lower(hex(${column}))` : column;
}

function rowText(values, fields) {
  return `{${fields.map((field, i) => `${JSON.stringify(field.name)}:${valueText(values[i], field.type)}`).join(",")}}`;
}

function valueText(value, type) {
  if (value === null || value === undefined) return "null";
  if (typeof type === "object") {
    if (type.type === "struct") {
      const fields = type.fields.map((f) => `${JSON.stringify(f.name)}:${valueText(value[f.name], f.type)}`);
      return `{${fields.join(",")}}`;
    }
    if (type.type === "list") return `[${value.map((item) => valueText(item, type.element)).join(",")}]`;
    const pairs = Array.isArray(value) ? value : Object.entries(value);
    return `[${pairs.map(([k, v]) => `[${valueText(k, type.key)},${valueText(v, type.value)}]`).join(",")}]`;
  }
  if (type === "long" || type === "int") return String(value);
  if (type === "boolean") return value ? "true" : "false";
  if (type === "float" || type === "double") {
    if (typeof value !== "string") return Object.is(value, -0) ? "-0.0" : String(value);
    return value.includes("nan") ? '"NaN"' : value.startsWith("-") ? '"-Infinity"' : '"Infinity"';
  }
  if (type.startsWith("timestamp")) return JSON.stringify(timestampText(String(value), type));
  return JSON.stringify(value);
}

/** ISO output has a T and a Z whatever the column: the zone letter follows the Iceberg type. */
function timestampText(value, type) {
  const plain = value.replace(" ", "T").replace(/Z$/, "");
  const whole = plain.includes(".") ? plain : `${plain}.000000`;
  return type.startsWith("timestamptz") ? `${whole}Z` : whole;
}

function predicate(node, fields) {
  if (node.and) return `(${node.and.map((part) => predicate(part, fields)).join(" and ")})`;
  if (node.or) return `(${node.or.map((part) => predicate(part, fields)).join(" or ")})`;
  if (node.not) return `(not ${predicate(node.not, fields)})`;
  const column = quoted(node.column);
  if (node.op === "is-null") return `(${column} is null)`;
  if (node.op === "not-null") return `(${column} is not null)`;
  if (node.op === "is-nan") return `(isNaN(${column}))`;
  if (node.op === "not-nan") return `(not isNaN(${column}))`;
  const { type } = fields.find((field) => field.name === node.column);
  const values = node.literals.map((value) => literal(value, type));
  if (node.op === "in") return `(${column} in (${values.join(", ")}))`;
  if (node.op === "not-in") return `(${column} not in (${values.join(", ")}))`;
  if (node.op === "starts-with") return `(startsWith(${column}, ${values[0]}))`;
  if (node.op === "not-starts-with") return `(not startsWith(${column}, ${values[0]}))`;
  return `(${column} ${COMPARISONS[node.op]} ${values[0]})`;
}

function literal(value, type) {
  if (type === "boolean") return value;
  if (type === "int") return `toInt32(${text(value)})`;
  if (type === "long") return `toInt64(${text(value)})`;
  if (type === "float") return `toFloat32(${text(value)})`;
  if (type === "double") return `toFloat64(${text(value)})`;
  if (type === "date") return `toDate32(${text(value)})`;
  if (type.startsWith("timestamp"))
    return `toDateTime64(${text(value.replace("T", " ").replace("Z", ""))}, 6, 'UTC')`;
  if (type.startsWith("decimal")) {
    const [, precision, scale] = /(\d+)\s*,\s*(\d+)/.exec(type);
    return `toDecimal${Number(precision) > 18 ? 128 : 64}(${text(value)}, ${scale})`;
  }
  if (type === "binary" || type.startsWith("fixed")) return `unhex(${text(value)})`;
  return text(value);
}

function quoted(name) {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

function text(value) {
  return `'${String(value).replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\0", "\\0")}'`;
}
