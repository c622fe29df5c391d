/** Front door of `deletes/`. @module */
export { deserializeBitmap, type SerializeOptions, serializeBitmap } from "./bitmap-codec.ts";
export * from "./deletion-vector.ts";
export { POSITION_LIMIT, PositionBitmap } from "./position-bitmap.ts";
