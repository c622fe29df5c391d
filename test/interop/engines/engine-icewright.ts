/**
 * Our own reader behind the protocol of the engines, so that the code that judges others on our tables judges us on
 * theirs.
 * @module
 */
import { readFileSync } from "node:fs";
import { stringifyJson } from "../../../src/base/index.ts";
import {
  and,
  type Expression,
  type LiteralInput,
  literalPredicate,
  not,
  or,
  setPredicate,
  unaryPredicate,
} from "../../../src/expressions/index.ts";
import { openTable } from "../../../src/node.ts";
import type { Schema, Type } from "../../../src/schema/index.ts";
import { canonicalJson } from "../../../src/values/index.ts";
import { lines } from "../harness/lines.ts";
import { ROOT } from "../harness/places.ts";
import type { Predicate } from "../harness/predicate.ts";

interface Request {
  readonly id: number;
  readonly op: string;
  readonly metadata: string;
  readonly folder?: string;
  readonly snapshot?: string;
  readonly filter?: Predicate;
  readonly columns?: readonly string[];
}

const EMPTY = { id: 0, op: "scan" };

/** Rows, or the fields of a reply without rows. */
type Answer = readonly string[] | Readonly<Record<string, unknown>>;

const OPERATIONS: Readonly<Record<string, (request: Request) => Promise<Answer>>> = {
  hello: async () => ({ version: JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")).version }),
  scan,
  count: async (request) => ({ count: await (await scanOf(request)).count() }),
  "open-folder": async ({ folder }) => ({ count: (await scan({ ...EMPTY, metadata: folder ?? "" })).length }),
  snapshots,
  files,
  validate: async (request) => ({ files: (await files(request)).length }),
};

for await (const line of lines(process.stdin)) {
  const request = JSON.parse(line) as Request;
  process.stdout.write(await reply(request));
}

async function reply(request: Request): Promise<string> {
  try {
    const operation = OPERATIONS[request.op];
    if (operation === undefined) throw new Error(`No operation ${request.op}`);
    const answer = await operation(request);
    if (!Array.isArray(answer)) return `${JSON.stringify({ id: request.id, ok: true, ...answer })}\n`;
    const head = JSON.stringify({ id: request.id, ok: true, rows: answer.length });
    return `${[head, ...answer].join("\n")}\n`;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const unsupported = code === "unsupported";
    return `${JSON.stringify({ id: request.id, ok: false, error: `${code ?? "error"}: ${message}`, unsupported })}\n`;
  }
}

async function scanOf(request: Request) {
  const table = await openTable(request.metadata);
  return table.scan({
    ...(request.filter && { filter: expressionOf(request.filter, table.schema) }),
    ...(request.columns && { select: request.columns }),
    ...(request.snapshot && { at: { snapshotId: BigInt(request.snapshot) } }),
  });
}

async function scan(request: Request): Promise<readonly string[]> {
  const wanted = await scanOf(request);
  const out: string[] = [];
  for await (const batch of wanted.batches()) {
    for (let row = 0; row < batch.rowCount; row++) {
      const cells = wanted.fields.map(
        (field, at) =>
          `${JSON.stringify(field.name)}:${stringifyJson(canonicalJson(field.type, batch.columns[at]![row] ?? null))}`,
      );
      out.push(`{${cells.join(",")}}`);
    }
  }
  return out;
}

async function snapshots(request: Request): Promise<readonly string[]> {
  const { metadata } = await openTable(request.metadata);
  return [...metadata.snapshots].map((snapshot) =>
    JSON.stringify({
      snapshot_id: String(snapshot.snapshotId),
      timestamp_ms: snapshot.timestampMs,
      manifest_list: snapshot.manifestList,
    }),
  );
}

async function files(request: Request): Promise<readonly string[]> {
  const { tasks } = await (await scanOf(request)).plan();
  return tasks.map(({ dataFile: file }) =>
    JSON.stringify({
      content: 0,
      file_path: file.filePath,
      file_format: String(file.fileFormat).toUpperCase(),
      record_count: file.recordCount,
      file_size_in_bytes: file.fileSizeInBytes,
    }),
  );
}

function expressionOf(predicate: Predicate, schema: Schema): Expression {
  if ("and" in predicate) return and(...predicate.and.map((part) => expressionOf(part, schema)));
  if ("or" in predicate) return or(...predicate.or.map((part) => expressionOf(part, schema)));
  if ("not" in predicate) return not(expressionOf(predicate.not, schema));
  if (!("literals" in predicate)) return unaryPredicate(predicate.op, predicate.column);
  const type = schema.fields.find((field) => field.name === predicate.column)?.type;
  if (type === undefined) throw new Error(`No column ${predicate.column}`);
  const literals = predicate.literals.map((text) => literalOf(text, type));
  if (predicate.op === "in" || predicate.op === "not-in")
    return setPredicate(predicate.op, predicate.column, literals);
  return literalPredicate(predicate.op, predicate.column, literals[0]!);
}

function literalOf(text: string, type: Type): LiteralInput {
  switch (type.kind) {
    case "boolean":
      return text === "true";
    case "int":
    case "long":
      return BigInt(text);
    case "float":
    case "double":
      return Number(text);
    case "binary":
    case "fixed":
      return Buffer.from(text, "hex");
    default:
      return text;
  }
}
