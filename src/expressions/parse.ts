/**
 * SQL-like filter text, as the command line takes it. Spec: Expressions spec.
 *
 * Grammar (keywords in any case):
 * ```
 * or      = and { OR and }            and = not { AND not }        not = NOT not | TRUE | FALSE | ( or ) | test
 * test    = term op value | value op term | term [NOT] IN ( values ) | term [NOT] BETWEEN value AND value
 *         | term IS [NOT] NULL | term IS [NOT] NAN | term [NOT] LIKE 'prefix%' | term [NOT] STARTS WITH 'prefix'
 * term    = name | year(name) | month(name) | day(name) | hour(name) | bucket(N, name) | truncate(W, name)
 * name    = word { . word }, each also "quoted" or `quoted`
 * value   = 'text' | 12 | -1.5 | 1e9 | Infinity | TRUE | FALSE | X'0aff' | DATE 'text' | TIMESTAMP 'text' | TIME 'text'
 * ```
 * @module
 */
import { fromHex } from "../base/index.ts";
import type { Transform } from "../partitioning/index.ts";
import {
  alwaysFalse,
  alwaysTrue,
  and,
  type Expression,
  gt,
  gte,
  isIn,
  type LiteralOp,
  literalPredicate,
  lt,
  lte,
  not,
  notIn,
  or,
  ref,
  type Term,
  transformed,
  unaryPredicate,
} from "./expression.ts";
import { type LiteralInput, toLiteral } from "./literal.ts";
import { nameText, quoted, RESERVED } from "./text.ts";
import { failAt, type Token, tokenize } from "./tokens.ts";

/** Nesting deeper than this is refused: the parser and everything behind it recurse. */
export const MAX_FILTER_DEPTH = 200;

/**
 * Parses a filter such as `kind = 'error' AND ts >= '2026-01-01T00:00:00Z'`. Predicates are two-valued:
 * `a <> 1` and `NOT (a < 1)` also match null; add `AND a IS NOT NULL` for SQL's answer.
 * @throws IcebergError `invalid-expression` with the position, a caret line and what was expected.
 * @example parseExpression("severity in ('ERROR', 'FATAL') and day(ts) = '2026-01-31'")
 */
export function parseExpression(text: string): Expression {
  return new Parser(text).parse();
}

class Parser {
  private readonly text: string;
  private readonly tokens: readonly Token[];
  private index = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokenize(text);
  }

  parse(): Expression {
    if (this.peek().kind === "end") this.fail("expected a predicate such as kind = 'error'");
    const expression = this.disjunction(0);
    if (this.peek().kind !== "end") this.fail("expected AND, OR or the end of the filter");
    return expression;
  }

  private disjunction(depth: number): Expression {
    const operands = [this.conjunction(depth)];
    while (this.takeWord("or")) operands.push(this.conjunction(depth));
    return operands.length === 1 ? operands[0]! : or(...operands);
  }

  private conjunction(depth: number): Expression {
    const operands = [this.negation(depth)];
    while (this.takeWord("and")) operands.push(this.negation(depth));
    return operands.length === 1 ? operands[0]! : and(...operands);
  }

  private negation(depth: number): Expression {
    if (depth > MAX_FILTER_DEPTH) this.fail(`nesting deeper than ${MAX_FILTER_DEPTH}`);
    if (this.takeWord("not")) return not(this.negation(depth + 1));
    if (this.takeSymbol("(")) {
      const inner = this.disjunction(depth + 1);
      if (!this.takeSymbol(")")) this.fail("expected AND, OR or )");
      return inner;
    }
    const next = this.tokens[this.index + 1];
    if (!(next?.kind === "symbol" && next.text in FLIPPED)) {
      if (this.takeWord("true")) return alwaysTrue;
      if (this.takeWord("false")) return alwaysFalse;
    }
    return this.test();
  }

  private test(): Expression {
    if (this.startsLiteral()) return this.flipped();
    const term = this.term();
    const token = this.peek();
    const op = token.kind === "symbol" ? COMPARISONS[token.text] : undefined;
    if (op !== undefined) {
      this.index++;
      return this.comparison(op, term);
    }
    if (this.takeWord("is")) return this.unary(term);
    const negated = this.takeWord("not");
    if (this.takeWord("in")) return negated ? notIn(term, this.list()) : isIn(term, this.list());
    if (this.takeWord("between")) return this.between(term, negated);
    if (this.takeWord("like")) return this.like(term, negated);
    if (this.takeWord("starts")) {
      if (!this.takeWord("with")) this.fail("expected WITH");
      return this.predicate(negated ? "not-starts-with" : "starts-with", term, this.string("a prefix"));
    }
    if (negated) return this.fail("expected IN, BETWEEN, LIKE or STARTS WITH");
    return this.fail("expected =, <>, <, <=, >, >=, IN, BETWEEN, IS, LIKE or STARTS WITH");
  }

  private comparison(op: LiteralOp, term: Term): Expression {
    if (this.isWord("null")) this.fail(`expected a value; use IS ${op === "not-eq" ? "NOT " : ""}NULL`);
    if (this.isWord("nan")) this.fail(`expected a value; use IS ${op === "not-eq" ? "NOT " : ""}NAN`);
    return this.predicate(op, term, this.literal());
  }

  /** `5 < id`, the same as `id > 5`. */
  private flipped(): Expression {
    const literal = this.literal();
    const token = this.peek();
    const op = token.kind === "symbol" ? FLIPPED[token.text] : undefined;
    if (op === undefined) return this.fail("expected =, <>, <, <=, > or >=");
    this.index++;
    if (this.startsLiteral()) this.fail("expected a column: two values are compared");
    return this.predicate(op, this.term(), literal);
  }

  private unary(term: Term): Expression {
    const negated = this.takeWord("not");
    if (this.takeWord("null")) return unaryPredicate(negated ? "not-null" : "is-null", term);
    if (this.takeWord("nan")) return unaryPredicate(negated ? "not-nan" : "is-nan", term);
    return this.fail(negated ? "expected NULL or NAN" : "expected NULL, NAN, NOT NULL or NOT NAN");
  }

  private between(term: Term, negated: boolean): Expression {
    const low = this.literal();
    if (!this.takeWord("and")) this.fail("expected AND and the upper end of BETWEEN");
    const high = this.literal();
    return negated ? or(lt(term, low), gt(term, high)) : and(gte(term, low), lte(term, high));
  }

  private like(term: Term, negated: boolean): Expression {
    const at = this.peek().at;
    const pattern = this.string("a pattern such as 'abc%'");
    const { prefix, open } = this.prefixOf(pattern, at);
    if (open) return this.predicate(negated ? "not-starts-with" : "starts-with", term, prefix);
    return this.predicate(negated ? "not-eq" : "eq", term, prefix);
  }

  /** The literal text of a LIKE pattern and whether it ends in `%`; `\` makes a wildcard literal. */
  private prefixOf(pattern: string, at: number): { prefix: string; open: boolean } {
    let prefix = "";
    for (let i = 0; i < pattern.length; i++) {
      const character = pattern[i]!;
      if (character === "%" && i === pattern.length - 1) return { prefix, open: true };
      if (character === "%" || character === "_") {
        failAt(
          this.text,
          at,
          `expected a pattern whose only wildcard is a % at its end; write \\${character} for the character itself`,
        );
      }
      if (character === "\\" && i < pattern.length - 1) i++;
      prefix += pattern[i]!;
    }
    return { prefix, open: false };
  }

  private list(): LiteralInput[] {
    if (!this.takeSymbol("(")) this.fail("expected ( and a list of values");
    const values: LiteralInput[] = [];
    if (this.takeSymbol(")")) return values;
    for (;;) {
      values.push(this.literal());
      if (this.takeSymbol(")")) return values;
      if (!this.takeSymbol(",")) this.fail("expected , or )");
    }
  }

  private term(): Term {
    const token = this.peek();
    const open = this.tokens[this.index + 1];
    if (token.kind === "word" && open?.kind === "symbol" && open.text === "(")
      return this.transformTerm(token);
    return ref(this.name());
  }

  private transformTerm(token: Token): Term {
    const kind = TRANSFORMS.get(token.text.toLowerCase());
    if (kind === undefined) {
      return this.fail(
        "expected a column, or one of the transforms year, month, day, hour, bucket and truncate",
      );
    }
    this.index += 2;
    let transform: Transform;
    if (kind === "bucket" || kind === "truncate") {
      const size = this.peek();
      const parameter = Number(size.text);
      if (
        size.kind !== "number" ||
        !Number.isInteger(parameter) ||
        parameter < 1 ||
        parameter > 2 ** 31 - 1
      ) {
        this.fail(`expected a positive number: ${kind}(16, column)`);
      }
      this.index++;
      if (!this.takeSymbol(",")) this.fail("expected , and a column");
      transform = kind === "bucket" ? { kind, numBuckets: parameter } : { kind, width: parameter };
    } else {
      transform = { kind };
    }
    const name = this.name();
    if (!this.takeSymbol(")")) this.fail("expected )");
    return transformed(transform, name);
  }

  private name(): string {
    const parts: string[] = [];
    do {
      const token = this.peek();
      const reserved = token.kind === "word" && RESERVED.has(token.text.toLowerCase());
      if ((token.kind !== "word" && token.kind !== "name") || reserved) {
        this.fail(
          reserved
            ? `expected a column; write "${token.text}" for a column of that name`
            : "expected a column",
        );
      }
      parts.push(token.text);
      this.index++;
    } while (this.takeSymbol("."));
    return parts.join(".");
  }

  /** Whether a value stands here rather than a column. */
  private startsLiteral(): boolean {
    const token = this.peek();
    switch (token.kind) {
      case "string":
      case "bytes":
      case "number":
        return true;
      case "symbol":
        return token.text === "-" || token.text === "+";
      case "word": {
        const word = token.text.toLowerCase();
        if (PREFIXES.has(word)) return this.tokens[this.index + 1]?.kind === "string";
        return word === "true" || word === "false" || word === "infinity";
      }
      default:
        return false;
    }
  }

  private literal(): LiteralInput {
    if (!this.startsLiteral()) {
      const token = this.peek();
      if (token.kind === "name")
        this.fail(`expected a value: text goes into single quotes: ${quoted(token.text)}`);
      if (token.kind === "word" && !RESERVED.has(token.text.toLowerCase())) {
        this.fail(
          `expected a value: text goes into single quotes: ${quoted(token.text)}; columns are compared with values only`,
        );
      }
      this.fail("expected a value such as 'text', 12, 1.5, TRUE or DATE '2026-01-31'");
    }
    const token = this.tokens[this.index++]!;
    switch (token.kind) {
      case "string":
        return this.checked(token, token.text);
      case "bytes":
        if (!/^(?:[0-9a-fA-F]{2})*$/.test(token.text))
          failAt(this.text, token.at, "expected an even number of hex digits");
        return fromHex(token.text);
      case "number":
        return this.number("", token);
      case "symbol":
        return this.signed(token);
      default: {
        const word = token.text.toLowerCase();
        if (word === "infinity") return Number.POSITIVE_INFINITY;
        return PREFIXES.has(word) ? this.prefixed(word) : word === "true";
      }
    }
  }

  private signed(sign: Token): LiteralInput {
    if (this.takeWord("infinity"))
      return sign.text === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const token = this.peek();
    if (token.kind !== "number") this.fail("expected a number");
    this.index++;
    return this.number(sign.text === "-" ? "-" : "", token);
  }

  /** Integers and decimals are exact; a number with an exponent is a double. */
  private number(sign: string, token: Token): LiteralInput {
    const text = token.text;
    if (/[eE]/.test(text)) {
      const value = Number(sign + text);
      if (!Number.isFinite(value))
        failAt(this.text, token.at, "expected a number within the range of doubles");
      return value;
    }
    const point = text.indexOf(".");
    if (point < 0) return BigInt(sign + text);
    const fraction = text.slice(point + 1);
    if (fraction.length > 1000) failAt(this.text, token.at, "expected at most 1000 fractional digits");
    return { unscaled: BigInt(`${sign}${text.slice(0, point)}${fraction}`), scale: fraction.length };
  }

  /** `DATE '…'`, `TIME '…'`, `TIMESTAMP '…'`: the text, whose form only the column's type decides. */
  private prefixed(word: string): LiteralInput {
    const token = this.tokens[this.index++]!;
    if (word === "timestamp" && INSTANT.test(token.text)) {
      const epochMillis = Date.parse(token.text);
      if (!Number.isNaN(epochMillis) && new Date(epochMillis).toISOString() === token.text)
        return { epochMillis };
    }
    return this.checked(token, token.text);
  }

  private checked(token: Token, text: string): string {
    if (!text.isWellFormed()) failAt(this.text, token.at, "expected text without lone surrogates");
    return text;
  }

  private string(what: string): string {
    const token = this.peek();
    if (token.kind !== "string") this.fail(`expected ${what} in single quotes`);
    this.index++;
    return this.checked(token, token.text);
  }

  private predicate(op: LiteralOp, term: Term, literal: LiteralInput): Expression {
    return literalPredicate(op, term, toLiteral(literal));
  }

  private peek(): Token {
    return this.tokens[this.index]!;
  }

  private isWord(word: string): boolean {
    const token = this.peek();
    return token.kind === "word" && token.text.toLowerCase() === word;
  }

  private takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.index++;
    return true;
  }

  private takeSymbol(symbol: string): boolean {
    const token = this.peek();
    if (token.kind !== "symbol" || token.text !== symbol) return false;
    this.index++;
    return true;
  }

  private fail(expected: string): never {
    const token = this.peek();
    const found = token.kind === "end" ? "the end" : foundText(token);
    return failAt(this.text, token.at, `${expected}, found ${found}`);
  }
}

function foundText(token: Token): string {
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text;
  if (token.kind === "string") return quoted(text);
  return token.kind === "name" ? nameText(text) : text;
}

const COMPARISONS: Readonly<Record<string, LiteralOp>> = {
  "=": "eq",
  "==": "eq",
  "<>": "not-eq",
  "!=": "not-eq",
  "<": "lt",
  "<=": "lt-eq",
  ">": "gt",
  ">=": "gt-eq",
};

/** The operator that says the same with its sides exchanged. */
const FLIPPED: Readonly<Record<string, LiteralOp>> = {
  "=": "eq",
  "==": "eq",
  "<>": "not-eq",
  "!=": "not-eq",
  "<": "gt",
  "<=": "gt-eq",
  ">": "lt",
  ">=": "lt-eq",
};

const PREFIXES: ReadonlySet<string> = new Set(["date", "time", "timestamp"]);

/** An instant as `Date` prints it: only such text is read back as a `Date`. */
const INSTANT = /T\d\d:\d\d:\d\d\.\d{3}Z$/;

const TRANSFORMS: ReadonlyMap<string, "year" | "month" | "day" | "hour" | "bucket" | "truncate"> = new Map([
  ["year", "year"],
  ["years", "year"],
  ["month", "month"],
  ["months", "month"],
  ["day", "day"],
  ["days", "day"],
  ["hour", "hour"],
  ["hours", "hour"],
  ["bucket", "bucket"],
  ["truncate", "truncate"],
] as const);
