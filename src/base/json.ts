/**
 * JSON with exact 64-bit integers (MET-003): an integer token beyond 2^53-1 becomes a `bigint`, and bigints
 * print as bare digits. Objects are ordinary ones whose keys may be anything, `__proto__` included (MET-014).
 * @module
 */
import { IcebergError } from "./errors.ts";

/** A parsed JSON value. Integers past 2^53-1 are `bigint`, all other numbers `number`. */
export type Json = null | boolean | number | bigint | string | JsonArray | JsonObject | JsonFloat;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A number that must print with a fraction or exponent, such as a double default `1.0` (SCH-047). */
export class JsonFloat {
  readonly value: number;
  /** How the document spelled it: all its digits. Present in documents parsed with `floats: "exact"`. */
  readonly text: string | undefined;
  constructor(value: number, text?: string) {
    this.value = value;
    this.text = text;
  }
}

export interface ParseJsonOptions {
  /** `exact`: numbers with a fraction or exponent become {@link JsonFloat}s with their text. Default: `number`s. */
  readonly floats?: "exact" | undefined;
}

/** Nesting deeper than this is refused: no Iceberg document comes near it and the parser recurses. */
const MAX_DEPTH = 500;

/**
 * Parses JSON text. `what` names the document in errors; a leading byte order mark is skipped (MET-067).
 * @throws IcebergError `corrupt-file` with the offset at which the text stops being JSON.
 */
export function parseJson(text: string, what = "JSON", options: ParseJsonOptions = {}): Json {
  return new Parser(text, what, options.floats === "exact").document();
}

/** Prints a value as JSON text. Members that are `undefined` are left out; bigints print as digits. */
export function stringifyJson(value: Json, indent = 0): string {
  return print(value, indent > 0 ? " ".repeat(indent) : "", "");
}

class Parser {
  private at = 0;
  private readonly text: string;
  private readonly what: string;
  private readonly exactFloats: boolean;

  constructor(text: string, what: string, exactFloats: boolean) {
    this.text = text;
    this.what = what;
    this.exactFloats = exactFloats;
    if (text.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  document(): Json {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) this.fail("text after the end of the document");
    return value;
  }

  private fail(why: string): never {
    const near = this.text.slice(Math.max(0, this.at - 20), this.at + 20);
    throw new IcebergError(
      "corrupt-file",
      `Cannot parse ${this.what}: ${why} at offset ${this.at} near ${JSON.stringify(near)}`,
      {
        context: { what: this.what, offset: this.at },
      },
    );
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) this.at++;
      else return;
    }
  }

  private value(depth: number): Json {
    if (depth > MAX_DEPTH) this.fail(`nesting deeper than ${MAX_DEPTH}`);
    this.space();
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b:
        return this.object(depth);
      case 0x5b:
        return this.array(depth);
      case 0x22:
        return this.string();
      case 0x74:
        return this.word("true", true);
      case 0x66:
        return this.word("false", false);
      case 0x6e:
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  private word<T extends Json>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail("an unknown word");
    this.at += word.length;
    return value;
  }

  private number(): number | bigint | JsonFloat {
    // Most numbers are short integers: read those digit by digit, everything else by the grammar.
    const start = this.at;
    let at = start;
    if (this.text.charCodeAt(at) === 0x2d) at++;
    const first = at;
    let value = 0;
    let code = this.text.charCodeAt(at);
    while (code >= 0x30 && code <= 0x39) {
      value = value * 10 + code - 0x30;
      code = this.text.charCodeAt(++at);
    }
    const digits = at - first;
    const more = code === 0x2e || code === 0x65 || code === 0x45;
    const padded = digits > 1 && this.text.charCodeAt(first) === 0x30;
    if (digits === 0 || digits > 15 || more || padded || (value === 0 && first > start))
      return this.anyNumber();
    this.at = at;
    return first > start ? -value : value;
  }

  private anyNumber(): number | bigint | JsonFloat {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null)
      this.fail(this.at >= this.text.length ? "the text ends early" : "an unexpected character");
    const token = match[0];
    this.at += token.length;
    if (match[1] !== undefined) return this.exactFloats ? new JsonFloat(Number(token), token) : Number(token);
    const number = Number(token);
    return Number.isSafeInteger(number) ? number : BigInt(token);
  }

  private string(): string {
    const start = ++this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) return this.text.slice(start, this.at++);
      if (code === 0x5c) return this.escapedString(start - 1);
      if (!(code >= 0x20)) this.fail("an unterminated string or a control character in it");
      this.at++;
    }
  }

  private escapedString(open: number): string {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (!(code >= 0x20)) this.fail("an unterminated string or a control character in it");
      this.at += code === 0x5c ? 2 : 1;
    }
    this.at++;
    try {
      return JSON.parse(this.text.slice(open, this.at)) as string;
    } catch {
      return this.fail("an invalid escape");
    }
  }

  private array(depth: number): Json[] {
    const items: Json[] = [];
    this.at++;
    this.space();
    if (this.text.charCodeAt(this.at) === 0x5d) {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth + 1));
      this.space();
      const code = this.text.charCodeAt(this.at++);
      if (code === 0x5d) return items;
      if (code !== 0x2c) {
        this.at--;
        this.fail("expected , or ]");
      }
    }
  }

  private object(depth: number): JsonObject {
    const object: Record<string, Json> = {};
    this.at++;
    this.space();
    if (this.text.charCodeAt(this.at) === 0x7d) {
      this.at++;
      return object;
    }
    for (;;) {
      this.space();
      if (this.text.charCodeAt(this.at) !== 0x22) this.fail("expected a member name");
      const key = this.string();
      this.space();
      if (this.text.charCodeAt(this.at++) !== 0x3a) {
        this.at--;
        this.fail("expected :");
      }
      const value = this.value(depth + 1);
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        object[key] = value;
      }
      this.space();
      const code = this.text.charCodeAt(this.at++);
      if (code === 0x7d) return object;
      if (code !== 0x2c) {
        this.at--;
        this.fail("expected , or }");
      }
    }
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)?/y;

function print(value: Json, step: string, pad: string): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) {
        throw new IcebergError("invalid-argument", `Cannot write ${value} as a JSON number`, {
          context: { value },
        });
      }
      return String(value);
    case "bigint":
    case "boolean":
      return String(value);
  }
  if (value instanceof JsonFloat) {
    const text = String(value.value);
    if (!Number.isFinite(value.value)) {
      throw new IcebergError("invalid-argument", `Cannot write ${text} as a JSON number`, {
        context: { value: text },
      });
    }
    return /[.e]/.test(text) ? text : Object.is(value.value, -0) ? "-0.0" : `${text}.0`;
  }
  const inner = pad + step;
  const newline = step === "" ? "" : `\n${inner}`;
  const close = step === "" ? "" : `\n${pad}`;
  if (isArray(value)) {
    if (value.length === 0) return "[]";
    return `[${newline}${value.map((item) => print(item, step, inner)).join(`,${newline}`)}${close}]`;
  }
  const colon = step === "" ? ":" : ": ";
  const members: string[] = [];
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) members.push(JSON.stringify(key) + colon + print(member, step, inner));
  }
  if (members.length === 0) return "{}";
  return `{${newline}${members.join(`,${newline}`)}${close}}`;
}

function isArray(value: Json): value is JsonArray {
  return Array.isArray(value);
}

/** Whether a parsed value is an object (not an array, null or float wrapper). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonFloat)
  );
}
