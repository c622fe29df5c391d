/** The words, numbers and strings a filter text is made of. Spec: Expressions spec. @module */
import { IcebergError } from "../base/index.ts";

export interface Token {
  readonly kind: "word" | "name" | "string" | "bytes" | "number" | "symbol" | "end";
  /** A word as written, the unescaped content of a quoted name or string, hex digits of bytes, else the token. */
  readonly text: string;
  /** Offset of the token's first UTF-16 unit. */
  readonly at: number;
  /** Offset behind the token. */
  readonly end: number;
}

/** Longer filters are refused: the parser is for what people type, programs build expressions. */
export const MAX_FILTER_LENGTH = 1_000_000;

/**
 * The tokens of a text, ending in one of kind `end`.
 * @throws IcebergError `invalid-expression` at a character that begins no token and at unterminated quotes.
 */
export function tokenize(text: string): readonly Token[] {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new IcebergError(
      "invalid-expression",
      `Cannot parse a filter of ${text.length} characters: the limit is ${MAX_FILTER_LENGTH}; build it with and(), or(), isIn() …`,
      { context: { length: text.length } },
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)![0].length;
    if (at >= text.length) break;
    const token = quotedToken(text, at) ?? plainToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", at, end: at });
  return tokens;
}

/**
 * Reports a fault in a filter text with its position, the line and a caret below it.
 * @throws IcebergError `invalid-expression`, always.
 */
export function failAt(text: string, at: number, why: string): never {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.indexOf("\n", at);
  const stop = lineEnd < 0 ? text.length : lineEnd;
  // A long line is cut to what stands around the fault.
  const from = Math.max(start, at - 60);
  const line = `${from > start ? "…" : ""}${text.slice(from, Math.min(stop, at + 60))}`.replaceAll("\t", " ");
  const caret = " ".repeat(at - from + (from > start ? 1 : 0));
  throw new IcebergError(
    "invalid-expression",
    `Cannot parse filter at position ${at + 1}: ${why}\n  ${line}\n  ${caret}^`,
    { context: { filter: text, position: at + 1 } },
  );
}

const SPACE = /\s*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<=|>=|<>|!=|==|[=<>(),.[\]+-]/y;
const WORD_PART = /[\p{L}\p{N}_$]/u;

function plainToken(text: string, at: number): Token {
  const word = match(WORD, text, at);
  if (word !== undefined) return { kind: "word", text: word, at, end: at + word.length };
  const number = match(NUMBER, text, at);
  if (number !== undefined) {
    const end = at + number.length;
    if (end < text.length && WORD_PART.test(text[end]!)) {
      failAt(
        text,
        end,
        `unexpected ${JSON.stringify(text[end])} behind a number; quote names that begin with a digit: "1st"`,
      );
    }
    return { kind: "number", text: number, at, end };
  }
  const symbol = match(SYMBOL, text, at);
  if (symbol !== undefined) return { kind: "symbol", text: symbol, at, end: at + symbol.length };
  return failAt(
    text,
    at,
    `unexpected character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))}`,
  );
}

/** A quoted token: `'text'`, `"name"`, `` `name` `` or `X'0aff'`; the quote is doubled to stand for itself. */
function quotedToken(text: string, at: number): Token | undefined {
  const first = text[at]!;
  const bytes = (first === "x" || first === "X") && text[at + 1] === "'";
  const quote = bytes ? "'" : first;
  if (quote !== "'" && quote !== '"' && quote !== "`") return undefined;
  let from = at + (bytes ? 2 : 1);
  let content = "";
  for (;;) {
    const close = text.indexOf(quote, from);
    if (close < 0) failAt(text, at, `the closing ${quote} is missing`);
    content += text.slice(from, close);
    if (text[close + 1] !== quote) {
      const kind = bytes ? "bytes" : quote === "'" ? "string" : "name";
      return { kind, text: content, at, end: close + 1 };
    }
    content += quote;
    from = close + 2;
  }
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
