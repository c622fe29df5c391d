/**
 * Expressions as JSON. Spec: Expressions spec, Appendix B; REST catalog requirements RST-084, RST-085.
 *
 * Written in the older, term-based form, which every server reads; both forms are read.
 * @module
 */
import {
  IcebergError,
  isJsonObject,
  type Json,
  JsonFloat,
  type JsonObject,
  stringifyJson,
  toHex,
} from "../base/index.ts";
import { formatTransform, parseTransform } from "../partitioning/index.ts";
import {
  formatTimestamp,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  valueToJson,
} from "../schema/index.ts";
import type { BoundExpression, BoundPredicate, BoundTerm } from "./bound.ts";
import {
  alwaysFalse,
  alwaysTrue,
  and,
  type Expression,
  type LiteralOp,
  literalPredicate,
  not,
  or,
  type Predicate,
  ref,
  setPredicate,
  type Term,
  transformed,
  type UnaryOp,
  unaryPredicate,
} from "./expression.ts";
import { decimalText, isDecimalLiteral, type Literal, type LiteralInput } from "./literal.ts";

/**
 * JSON of an expression, columns by name. A bound expression's literals are single values of their columns' types,
 * as the REST catalog demands (RST-085); those of an unbound one are written as they are.
 * @throws IcebergError `invalid-argument` for infinite numbers, which have no JSON form.
 */
export function expressionToJson(expression: Expression | BoundExpression): Json {
  switch (expression.op) {
    case "true":
      return true;
    case "false":
      return false;
    case "and":
    case "or":
      return binary(expression.op, expression.operands);
    case "not":
      return { type: "not", child: expressionToJson(expression.operand) };
    default:
      return { type: expression.op, term: termToJson(expression.term), ...literalsToJson(expression) };
  }
}

export interface ExpressionFromJsonOptions {
  /** Resolves references by field id to the columns' names. */
  readonly schema?: Schema;
}

/**
 * The expression of JSON in the older or the newer form. Unknown members are ignored; literals get their types
 * when the expression is bound.
 * @throws IcebergError `invalid-expression` naming the part that is missing, unexpected or not supported.
 */
export function expressionFromJson(json: Json, options: ExpressionFromJsonOptions = {}): Expression {
  return parsePredicate(json, options, 0);
}

/** Nesting deeper than this is refused. */
const MAX_DEPTH = 1000;

const UNARY: ReadonlySet<string> = new Set(["is-null", "not-null", "is-nan", "not-nan"]);
const SETS: ReadonlySet<string> = new Set(["in", "not-in"]);
/** Each comparison and the one that says the same with its sides exchanged; prefixes have none. */
const COMPARISONS: ReadonlyMap<string, LiteralOp | undefined> = new Map<string, LiteralOp | undefined>([
  ["lt", "gt"],
  ["lt-eq", "gt-eq"],
  ["gt", "lt"],
  ["gt-eq", "lt-eq"],
  ["eq", "eq"],
  ["not-eq", "not-eq"],
  ["starts-with", undefined],
  ["not-starts-with", undefined],
]);

/** Halves, so that a thousand operands nest ten levels deep and not a thousand. */
function binary(type: "and" | "or", operands: readonly (Expression | BoundExpression)[]): Json {
  if (operands.length === 1) return expressionToJson(operands[0]!);
  const middle = operands.length >> 1;
  return { type, left: binary(type, operands.slice(0, middle)), right: binary(type, operands.slice(middle)) };
}

function termToJson(term: Term | BoundTerm): Json {
  if (!("transform" in term) || term.transform === undefined) return term.name;
  return { type: "transform", transform: formatTransform(term.transform), term: term.name };
}

function literalsToJson(predicate: Predicate | BoundPredicate): JsonObject {
  if ("literal" in predicate) return { value: literalToJson(predicate.literal) };
  if ("literals" in predicate) return { values: predicate.literals.map(literalToJson) };
  if ("value" in predicate) return { value: heldToJson(predicate.term, predicate.value) };
  if ("values" in predicate)
    return { values: predicate.values.map((value) => heldToJson(predicate.term, value)) };
  return {};
}

function heldToJson(term: BoundTerm, value: PrimitiveValue): Json {
  // OpenAPI wants upper-case hex (RST-085).
  return value instanceof Uint8Array
    ? toHex(value).toUpperCase()
    : valueToJson(term.type as PrimitiveType, value);
}

function literalToJson(literal: Literal): Json {
  if (typeof literal !== "object") return literal;
  if (literal instanceof Uint8Array) return toHex(literal).toUpperCase();
  if (isDecimalLiteral(literal)) return decimalText(literal);
  return formatTimestamp(BigInt(literal.epochMillis) * 1000n, { unit: "micros", zone: "+00:00" });
}

function parsePredicate(
  json: Json | undefined,
  options: ExpressionFromJsonOptions,
  depth: number,
): Expression {
  if (depth > MAX_DEPTH) fail(`it nests deeper than ${MAX_DEPTH}`);
  if (typeof json === "boolean") return json ? alwaysTrue : alwaysFalse;
  if (!isJsonObject(json)) return fail("a predicate is true, false or an object", json);
  const type = json.type;
  if (typeof type !== "string") return fail("member type is missing", json);
  const op = type.toLowerCase().replaceAll("_", "-");
  switch (op) {
    case "true":
      return alwaysTrue;
    case "false":
      return alwaysFalse;
    case "literal":
      if (typeof json.value !== "boolean") return fail("a literal predicate is true or false", json);
      return json.value ? alwaysTrue : alwaysFalse;
    case "and":
    case "or": {
      const left = parsePredicate(member(json, "left"), options, depth + 1);
      const right = parsePredicate(member(json, "right"), options, depth + 1);
      return op === "and" ? and(left, right) : or(left, right);
    }
    case "not":
      return not(parsePredicate(member(json, "child"), options, depth + 1));
  }
  if (UNARY.has(op)) {
    forbid(json, "value", "values");
    return unaryPredicate(op as UnaryOp, parseTerm(json.term ?? json.child, json, options));
  }
  if (SETS.has(op)) {
    forbid(json, "value");
    const term = parseTerm(json.term ?? json.child, json, options);
    return setPredicate(op as "in" | "not-in", term, parseLiterals(member(json, "values")));
  }
  if (!COMPARISONS.has(op)) return fail(`there is no operation ${JSON.stringify(type)}`, json);
  forbid(json, "values");
  if (json.term === undefined && (json.left !== undefined || json.right !== undefined)) {
    return parseSides(op as LiteralOp, json, options);
  }
  return literalPredicate(
    op as LiteralOp,
    parseTerm(json.term, json, options),
    parseLiteral(member(json, "value")),
  );
}

/** `left` and `right` of the newer form: a term and a literal in either order. */
function parseSides(op: LiteralOp, json: JsonObject, options: ExpressionFromJsonOptions): Expression {
  const left = member(json, "left");
  const right = member(json, "right");
  if (isTerm(left) && !isTerm(right))
    return literalPredicate(op, parseTerm(left, json, options), parseLiteral(right));
  const flipped = COMPARISONS.get(op);
  if (isTerm(right) && !isTerm(left) && flipped !== undefined) {
    return literalPredicate(flipped, parseTerm(right, json, options), parseLiteral(left));
  }
  return fail("only comparisons of one column, or a transform of it, with one literal are supported", json);
}

function isTerm(json: Json): boolean {
  return isJsonObject(json) && json.type !== "literal";
}

function parseTerm(json: Json | undefined, owner: JsonObject, options: ExpressionFromJsonOptions): Term {
  if (typeof json === "string") return ref(json);
  if (json === undefined) return fail("member term is missing", owner);
  if (!isJsonObject(json)) return fail("a term is a column name or an object", json);
  switch (json.type) {
    case "reference":
      return parseReference(json, options);
    case "transform": {
      const transform = json.transform;
      if (typeof transform !== "string") return fail("member transform is missing", json);
      return transformed(parseTransform(transform), columnOf(parseTerm(json.term, json, options), json));
    }
    case "apply":
      return parseApply(json, options);
    default:
      return fail("a term is of type reference, transform or apply", json);
  }
}

function parseReference(json: JsonObject, { schema }: ExpressionFromJsonOptions): Term {
  const name = json.term ?? json.name;
  if (typeof name === "string") return ref(name);
  const id = json.id;
  if (typeof id !== "number") return fail("a reference has a name, a term or an id", json);
  if (schema === undefined) return fail(`column ${id} is referenced by id; pass the schema`, json);
  const path = schema.pathOf(id);
  return path === undefined ? fail(`schema ${schema.schemaId} has no field with id ${id}`, json) : ref(path);
}

/** A call of a partition transform: `bucket` and `truncate` take their parameter first. */
function parseApply(json: JsonObject, options: ExpressionFromJsonOptions): Term {
  const name = functionName(json.function);
  const args = json.arguments;
  if (name === undefined || !Array.isArray(args))
    return fail("only partition transforms can be applied", json);
  const sized = name === "bucket" || name === "truncate";
  const parameter: Json | undefined = sized ? unwrapped(args[0] as Json) : undefined;
  if (args.length !== (sized ? 2 : 1))
    return fail(`${name} takes ${sized ? "a parameter and a column" : "one column"}`, json);
  if (sized && typeof parameter !== "number") return fail(`the first argument of ${name} is a number`, json);
  const transform = parseTransform(sized ? `${name}[${String(parameter)}]` : name);
  if (transform.kind === "unknown") return fail(`there is no transform ${name}`, json);
  return transformed(transform, columnOf(parseTerm(args[args.length - 1] as Json, json, options), json));
}

function functionName(json: Json | undefined): string | undefined {
  if (typeof json === "string") return json;
  if (Array.isArray(json)) return json.length === 1 && typeof json[0] === "string" ? json[0] : undefined;
  if (!isJsonObject(json)) return undefined;
  const catalog = json.catalog ?? "iceberg_functions";
  return catalog === "iceberg_functions" ? functionName(json.identifier) : undefined;
}

function columnOf(term: Term, json: JsonObject): string {
  return term.kind === "reference" ? term.name : fail("transforms of transforms are not supported", json);
}

function parseLiterals(json: Json): LiteralInput[] {
  const values = isJsonObject(json) && json.type === "literals" ? json.values : json;
  if (!Array.isArray(values)) return fail("values is a list", json);
  return values.map((value: Json) => parseLiteral(value));
}

function parseLiteral(json: Json): LiteralInput {
  const value = unwrapped(json);
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return value;
    default:
      return value instanceof JsonFloat
        ? value.value
        : fail("a literal is text, a number or a boolean", json);
  }
}

function unwrapped(json: Json): Json {
  return isJsonObject(json) && json.type === "literal" ? (json.value ?? null) : json;
}

function member(json: JsonObject, name: string): Json {
  return json[name] ?? fail(`member ${name} is missing`, json);
}

function forbid(json: JsonObject, ...names: readonly string[]): void {
  for (const name of names) if (json[name] !== undefined) fail(`member ${name} does not belong to it`, json);
}

function fail(why: string, json?: Json): never {
  const shown = json === undefined ? "" : `: ${excerpt(json)}`;
  throw new IcebergError("invalid-expression", `Cannot read expression JSON: ${why}${shown}`, {
    context: { json },
  });
}

function excerpt(json: Json): string {
  const text = stringifyJson(json);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
