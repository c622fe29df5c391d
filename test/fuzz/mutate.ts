/** Seeded mutations of byte strings: the same seed and number always give the same input. @module */

/** Numbers in [0, limit). */
export type Draw = (limit: number) => number;

/** A generator for input `number` of a run with this seed (mulberry32 over a mix of both). */
export function drawFor(seed: number, number: number): Draw {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  };
}

/** Varints, lengths and tags that decoders trip over: -1, 2^31, 2^53, 2^63 in several encodings. */
const NASTY: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xfe, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0xff, 0xff, 0xff, 0x7f],
  [0x7f, 0xff, 0xff, 0xff],
  [0x00, 0x00, 0x00, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f],
  [0x00],
  [0x01],
  [0x7f],
  [0x80],
  [0xff],
];

/** Pieces of text formats. */
const TOKENS: readonly string[] = [
  ...'{ } [ ] " , : \\ null true false -1 0 1e999 -0 9223372036854775808 99999999999999999999 0.5 "" [] {}'.split(
    " ",
  ),
  ...'\\u0000 \\ud800 "id" "type" "fields" "struct" "list" "map" "fixed[0]" "decimal(99,99)" "long"'.split(
    " ",
  ),
  ...'"__proto__" "constructor" "schema-id" "term" "bucket[0]" "void" 2147483648 AND OR NOT ( ) IN IS = <'.split(
    " ",
  ),
  " ".repeat(40),
  "[".repeat(3000),
  '{"a":'.repeat(1500),
  "(".repeat(3000),
  "NOT ".repeat(2000),
];
const encoder = new TextEncoder();
const TOKEN_BYTES = TOKENS.map((token) => encoder.encode(token));

/** The cases of {@link mutate} that leave the size as it is. */
const IN_PLACE: readonly number[] = [0, 1, 3];

/** One input: mostly a few mutations of a valid one, sometimes bytes at random. */
export function mutated(corpus: readonly Uint8Array[], draw: Draw, textual: boolean): Uint8Array {
  if (draw(20) === 0) return Uint8Array.from({ length: draw(200) }, () => draw(256));
  let bytes = corpus[draw(corpus.length)]!;
  const times = 1 + (draw(3) === 0 ? draw(8) : 0);
  for (let i = 0; i < times; i++) bytes = mutate(bytes, corpus, draw, textual);
  return bytes;
}

function mutate(bytes: Uint8Array, corpus: readonly Uint8Array[], draw: Draw, textual: boolean): Uint8Array {
  // Half of the mutations fall behind the headers, which in small valid inputs take most of the bytes.
  const start = draw(2) === 0 ? Math.floor((bytes.length * 2) / 3) : 0;
  const at = start + draw(bytes.length - start + 1);
  const length = Math.min(1 + draw(draw(4) === 0 ? 200 : 8), bytes.length - at);
  // In binary inputs most changes keep everything in its place: others end at the next length prefix.
  switch (textual || draw(2) === 0 ? draw(9) : IN_PLACE[draw(IN_PLACE.length)]) {
    case 0:
      return changed(bytes, at, (byte) => byte ^ (1 << draw(8)));
    case 1:
      return changed(bytes, at, () => draw(256));
    case 2: // an interesting piece instead of what is there
      return spliced(bytes, at, length, piece(draw, textual));
    case 3: // an interesting piece over as many bytes, so that everything behind stays in place
      return overwritten(bytes, at, piece(draw, textual));
    case 4:
      return spliced(bytes, at, 0, piece(draw, textual));
    case 5:
      return spliced(bytes, at, length, new Uint8Array(0));
    case 6: // a repeated stretch
      return spliced(bytes, at, 0, bytes.subarray(at, at + length));
    case 7:
      return draw(3) === 0
        ? bytes.slice(0, at)
        : overwritten(
            bytes,
            at,
            Uint8Array.from({ length }, () => draw(256)),
          );
    default: {
      const other = corpus[draw(corpus.length)]!;
      const from = draw(other.length + 1);
      return spliced(bytes, at, length, other.subarray(from, from + 1 + draw(60)));
    }
  }
}

function piece(draw: Draw, textual: boolean): Uint8Array {
  if (textual) return TOKEN_BYTES[draw(TOKEN_BYTES.length)]!;
  return Uint8Array.from(NASTY[draw(NASTY.length)]!);
}

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  if (at < copy.length) copy[at] = change(copy[at]!);
  return copy;
}

function overwritten(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(piece.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
  return copy;
}

function spliced(bytes: Uint8Array, at: number, removed: number, piece: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - removed + piece.length);
  result.set(bytes.subarray(0, at));
  result.set(piece, at);
  result.set(bytes.subarray(at + removed), at + piece.length);
  return result;
}
