/** Front door of `deletes/`. @module */
export { deserializeBitmap, type SerializeOptions, serializeBitmap } from "./bitmap-codec.ts";
export * from "./deletion-vector.ts";
export { POSITION_LIMIT, PositionBitmap } from "./position-bitmap.ts";
export * from "./puffin.ts";
export type { PuffinCodec } from "./puffin-codecs.ts";
export * from "./sketches.ts";
export * from "./vector-file.ts";
export * from "./write-puffin.ts";
