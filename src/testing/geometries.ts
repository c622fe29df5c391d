/** Shapes as ISO WKB. Spec: Primitive Types, geometry and geography; SCH-099. @module */
import fc from "fast-check";

/** Coordinates of one point, 2 to 4 of them. */
type Position = readonly number[];
type Shape =
  | { readonly kind: "point"; readonly at: Position | undefined }
  | { readonly kind: "line"; readonly points: readonly Position[] }
  | { readonly kind: "polygon"; readonly rings: readonly (readonly Position[])[] }
  | { readonly kind: "many"; readonly code: 4 | 5 | 6 | 7; readonly parts: readonly Shape[] };

const CODES = { point: 1, line: 2, polygon: 3 } as const;

/** Well-formed ISO WKB, little-endian: all seven shapes in XY, XYZ, XYM and XYZM, empty ones too. */
export function arbitraryGeometry(): fc.Arbitrary<Uint8Array> {
  return fc.constantFrom(0, 1, 2, 3).chain((dimensions) => {
    const size = dimensions === 0 ? 2 : dimensions === 3 ? 4 : 3;
    const coordinate = fc.oneof(
      fc.integer({ min: -180, max: 180 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const position = fc.array(coordinate, { minLength: size, maxLength: size });
    const point = fc
      .option(position, { nil: undefined, freq: 6 })
      .map((at): Shape => ({ kind: "point", at }));
    const line = fc.array(position, { maxLength: 4 }).map((points): Shape => ({ kind: "line", points }));
    const polygon = fc
      .array(fc.array(position, { maxLength: 4 }), { maxLength: 2 })
      .map((rings): Shape => ({ kind: "polygon", rings }));
    const many = (code: 4 | 5 | 6 | 7, part: fc.Arbitrary<Shape>) =>
      fc.array(part, { maxLength: 3 }).map((parts): Shape => ({ kind: "many", code, parts }));
    const shape = fc.oneof(
      { weight: 3, arbitrary: point },
      line,
      polygon,
      many(4, point),
      many(5, line),
      many(6, polygon),
      many(7, fc.oneof(point, line, polygon, many(4, point))),
    );
    return shape.map((each) => Uint8Array.from(encode(each, dimensions, size)));
  });
}

function encode(shape: Shape, dimensions: number, size: number): number[] {
  const out: number[] = [1];
  const uint = (value: number) => out.push(...new Uint8Array(Uint32Array.of(value).buffer));
  const write = (position: Position) => out.push(...new Uint8Array(Float64Array.from(position).buffer));
  uint(dimensions * 1000 + (shape.kind === "many" ? shape.code : CODES[shape.kind]));
  switch (shape.kind) {
    case "point":
      write(shape.at ?? new Array<number>(size).fill(Number.NaN));
      break;
    case "line":
      uint(shape.points.length);
      shape.points.forEach(write);
      break;
    case "polygon":
      uint(shape.rings.length);
      for (const ring of shape.rings) {
        uint(ring.length);
        ring.forEach(write);
      }
      break;
    case "many":
      uint(shape.parts.length);
      for (const part of shape.parts) out.push(...encode(part, dimensions, size));
      break;
  }
  return out;
}
