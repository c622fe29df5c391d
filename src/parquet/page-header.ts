/** Page headers of data page v1 and dictionary pages. Spec: Parquet format, Data Pages. @module */
import { ThriftWriter } from "./thrift.ts";

/** Codes of the format's Encoding enum that are written here. */
export const ENCODING = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;
/** Codes of the format's PageType enum. */
export const PAGE_TYPE = { DATA_PAGE: 0, DICTIONARY_PAGE: 2 } as const;

/** The header of a data page v1. */
export function dataPageHeader(
  uncompressedSize: number,
  compressedSize: number,
  valueCount: number,
  encoding: number,
): Uint8Array {
  return new ThriftWriter()
    .i32(1, PAGE_TYPE.DATA_PAGE)
    .i32(2, uncompressedSize)
    .i32(3, compressedSize)
    .struct(5, (header) =>
      header.i32(1, valueCount).i32(2, encoding).i32(3, ENCODING.RLE).i32(4, ENCODING.RLE),
    )
    .stop()
    .finish();
}

/** The header of a dictionary page, whose values are PLAIN. */
export function dictionaryPageHeader(
  uncompressedSize: number,
  compressedSize: number,
  valueCount: number,
): Uint8Array {
  return new ThriftWriter()
    .i32(1, PAGE_TYPE.DICTIONARY_PAGE)
    .i32(2, uncompressedSize)
    .i32(3, compressedSize)
    .struct(7, (header) => header.i32(1, valueCount).i32(2, ENCODING.PLAIN))
    .stop()
    .finish();
}
