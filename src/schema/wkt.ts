/**
 * Shapes as well-known text, the JSON form of geometry and geography values, and as the well-known binary they are
 * held in. Spec: Appendix D, JSON; OGC 06-103r4 and ISO 13249-3; SCH-046, SCH-099.
 * @module
 */
import { IcebergError } from "../base/index.ts";

/** Shapes by their code in WKB. */
const NAMES = [
  "",
  "POINT",
  "LINESTRING",
  "POLYGON",
  "MULTIPOINT",
  "MULTILINESTRING",
  "MULTIPOLYGON",
  "GEOMETRYCOLLECTION",
] as const;
/** What follows the name, by thousands of the code. */
const DIMENSIONS = ["", "Z", "M", "ZM"] as const;
const SIZES = [2, 3, 3, 4] as const;
/** Collections may nest; deeper ones than this are no data. */
const MAX_DEPTH = 32;

/**
 * The text of a shape: `POINT (30 10)`, `LINESTRING Z (1 2 3, 4 5 6)`, `MULTIPOINT EMPTY`.
 * @throws IcebergError `invalid-argument` when the bytes are no ISO WKB: cut off, of another shape, or EWKB with flags.
 */
export function wktFromWkb(bytes: Uint8Array): string {
  const reader = new WkbReader(bytes);
  const text = reader.shape(0);
  reader.end();
  return text;
}

/**
 * The little-endian ISO WKB of a text, in any case and spacing.
 * @throws IcebergError `invalid-argument` naming the place where the text is none.
 */
export function wkbFromWkt(text: string): Uint8Array {
  const reader = new WktReader(text);
  const bytes = reader.shape(0);
  reader.end();
  return Uint8Array.from(bytes);
}

class WkbReader {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** One shape with its name; inside a collection it must have the collection's dimensions. */
  shape(depth: number, within?: { readonly dimensions: number; readonly code?: number }): string {
    const { little, code, dimensions } = this.header(depth);
    if (within !== undefined && (within.dimensions !== dimensions || (within.code ?? code) !== code)) {
      refuseBytes(`a part at byte ${this.at} is ${NAMES[code]} ${DIMENSIONS[dimensions]}, unlike the whole`);
    }
    const body = this.body(code, dimensions, little, depth);
    // Parts of one kind are written without their names.
    if (within?.code !== undefined) return body;
    return `${[NAMES[code], DIMENSIONS[dimensions]].filter((word) => word !== "").join(" ")} ${body}`;
  }

  end(): void {
    if (this.at < this.view.byteLength) refuseBytes(`${this.view.byteLength - this.at} bytes are left over`);
  }

  private header(depth: number): { little: boolean; code: number; dimensions: number } {
    if (depth > MAX_DEPTH) refuseBytes(`collections nest deeper than ${MAX_DEPTH}`);
    this.need(5);
    const order = this.view.getUint8(this.at);
    if (order > 1) refuseBytes(`byte order ${order} at byte ${this.at} is neither 0 nor 1`);
    const type = this.view.getUint32(this.at + 1, order === 1);
    this.at += 5;
    const code = type % 1000;
    const dimensions = Math.floor(type / 1000);
    if (code < 1 || code > 7 || dimensions > 3) refuseBytes(`shape type ${type} is no ISO one (EWKB is not)`);
    return { little: order === 1, code, dimensions };
  }

  private body(code: number, dimensions: number, little: boolean, depth: number): string {
    const size = SIZES[dimensions]!;
    if (code === 1) {
      const position = this.position(size, little);
      return position.split(" ").every((coordinate) => coordinate === "NaN") ? "EMPTY" : `(${position})`;
    }
    if (code === 2) return this.list(little, 8 * size, () => this.position(size, little));
    if (code === 3) {
      return this.list(little, 4, () => this.list(little, 8 * size, () => this.position(size, little)));
    }
    const part = code < 7 ? { dimensions, code: code - 3 } : { dimensions };
    return this.list(little, 5, () => this.shape(depth + 1, part));
  }

  private list(little: boolean, leastBytes: number, item: () => string): string {
    this.need(4);
    const count = this.view.getUint32(this.at, little);
    this.at += 4;
    // A count is believed only as far as there are bytes for it.
    this.need(count * leastBytes);
    if (count === 0) return "EMPTY";
    return `(${Array.from({ length: count }, item).join(", ")})`;
  }

  private position(size: number, little: boolean): string {
    this.need(8 * size);
    const coordinates: string[] = [];
    for (let i = 0; i < size; i++, this.at += 8)
      coordinates.push(numberText(this.view.getFloat64(this.at, little)));
    return coordinates.join(" ");
  }

  private need(bytes: number): void {
    if (this.at + bytes > this.view.byteLength) refuseBytes(`it ends at byte ${this.view.byteLength}`);
  }
}

class WktReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  shape(depth: number, within?: number): number[] {
    if (depth > MAX_DEPTH) this.refuse(`collections nest deeper than ${MAX_DEPTH}`);
    const name = this.word();
    const code = NAMES.indexOf(name as (typeof NAMES)[number]);
    if (code < 1) this.refuse(`${JSON.stringify(name)} is no shape`);
    const dimensions = this.dimensions();
    if (within !== undefined && dimensions !== within)
      this.refuse("a part has other dimensions than the whole");
    return this.body(code, dimensions, depth);
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) this.refuse("there is more after the shape");
  }

  private body(code: number, dimensions: number, depth: number): number[] {
    const size = SIZES[dimensions]!;
    const head = [1, ...uint32(dimensions * 1000 + code)];
    if (code === 1) {
      if (this.empty()) return [...head, ...float64(new Array<number>(size).fill(Number.NaN))];
      this.expect("(");
      const position = this.position(size);
      this.expect(")");
      return [...head, ...position];
    }
    if (code === 2) return [...head, ...this.list(() => this.position(size))];
    if (code === 3) return [...head, ...this.list(() => this.list(() => this.position(size)))];
    if (code === 7) return [...head, ...this.list(() => this.shape(depth + 1, dimensions))];
    return [
      ...head,
      ...this.list(() => {
        // Points of a multipoint may stand without parentheses of their own.
        if (code !== 4 || this.sees("(") || this.sees("E")) return this.body(code - 3, dimensions, depth + 1);
        return [1, ...uint32(dimensions * 1000 + 1), ...this.position(size)];
      }),
    ];
  }

  private list(item: () => number[]): number[] {
    if (this.empty()) return uint32(0);
    this.expect("(");
    const bytes: number[] = [];
    let count = 0;
    do {
      for (const byte of item()) bytes.push(byte);
      count++;
    } while (this.takes(","));
    this.expect(")");
    return [...uint32(count), ...bytes];
  }

  private position(size: number): number[] {
    return float64(Array.from({ length: size }, () => this.number()));
  }

  private number(): number {
    this.space();
    const match = /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|-?inf(?:inity)?)/i.exec(
      this.text.slice(this.at, this.at + 400),
    );
    if (match === null) return this.refuse("a number is missing");
    this.at += match[0].length;
    const text = match[0].toLowerCase();
    if (text === "nan") return Number.NaN;
    if (text.includes("inf"))
      return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return Number(text);
  }

  private dimensions(): number {
    this.space();
    const match = /^(zm|z|m)(?![a-z])/i.exec(this.text.slice(this.at, this.at + 3));
    if (match === null) return 0;
    this.at += match[0].length;
    return DIMENSIONS.indexOf(match[0].toUpperCase() as (typeof DIMENSIONS)[number]);
  }

  private empty(): boolean {
    this.space();
    if (!/^empty(?![a-z])/i.test(this.text.slice(this.at, this.at + 6))) return false;
    this.at += 5;
    return true;
  }

  private word(): string {
    this.space();
    const word = /^[a-z]*/i.exec(this.text.slice(this.at, this.at + 20))![0];
    this.at += word.length;
    const name = word.toUpperCase();
    // `POINTZ` is how some write it.
    if (NAMES.includes(name as (typeof NAMES)[number])) return name;
    const suffix = /(ZM|Z|M)$/.exec(name)?.[0] ?? "";
    this.at -= suffix.length;
    return name.slice(0, name.length - suffix.length);
  }

  private expect(character: string): void {
    if (!this.takes(character)) this.refuse(`${JSON.stringify(character)} is missing`);
  }

  private takes(character: string): boolean {
    const found = this.sees(character);
    if (found) this.at++;
    return found;
  }

  private sees(character: string): boolean {
    this.space();
    return this.text[this.at]?.toUpperCase() === character;
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  private refuse(why: string): never {
    const shown = this.text.length > 80 ? `${this.text.slice(0, 80)}…` : this.text;
    throw new IcebergError(
      "invalid-argument",
      `Cannot read ${JSON.stringify(shown)} as well-known text: ${why} at character ${this.at}`,
      { context: { text: this.text, at: this.at } },
    );
  }
}

/** The shortest text that reads back as the same double, its zero's sign included. */
function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function uint32(value: number): number[] {
  return [...new Uint8Array(Uint32Array.of(value).buffer)];
}

function float64(values: readonly number[]): number[] {
  return [...new Uint8Array(Float64Array.from(values).buffer)];
}

function refuseBytes(why: string): never {
  throw new IcebergError("invalid-argument", `Cannot read bytes as well-known binary: ${why}`);
}
