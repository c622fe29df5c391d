/** Front door of `deletes/`. @module */
export { deserializeBitmap, type SerializeOptions, serializeBitmap } from "./bitmap-codec.ts";
export * from "./delete-index.ts";
export * from "./delete-manifests.ts";
export * from "./deletion-vector.ts";
export { DELETE_PATH_ID, DELETE_POSITION_ID, fileScope } from "./file-scope.ts";
export { POSITION_LIMIT, PositionBitmap } from "./position-bitmap.ts";
export * from "./puffin.ts";
export type { PuffinCodec } from "./puffin-codecs.ts";
export * from "./sketches.ts";
export * from "./vector-file.ts";
export * from "./write-puffin.ts";
