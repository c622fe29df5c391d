/**
 * `icewright/arrow`: scans as Arrow record batches, schemas both ways, values out of Arrow. Needs the package
 * apache-arrow, an optional peer.
 * @module
 */
export { lz4FrameDecompress } from "./lz4-frame.ts";
export { type ArrowPiece, type OpenArrow, openArrow } from "./read-arrow.ts";
export { arrowSchema, schemaOfArrow } from "./schemas.ts";
export { toArrowBatches, toArrowTable } from "./to-arrow.ts";
export { type ArrowData, type ArrowType, type ArrowValue, arrowValue } from "./values.ts";
