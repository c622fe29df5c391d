/** avsc as an independent reader and writer of Avro files: exact longs, whole values, fields by name. @module */
import avro from "avsc";

/** A record as avsc gives it. Bytes are Buffers, longs bigints. */
export type Generic = { [name: string]: unknown };

const longs = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (json: unknown) => BigInt(json as number),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** avsc's own type of a schema. */
export function avscType(schema: unknown): avro.Type {
  // The registry answers for "long" alone, the hook for longs with a logical type.
  const typeHook = (each: unknown) => ((each as { type?: unknown }).type === "long" ? longs : undefined);
  return avro.Type.forSchema(schema as avro.Schema, { registry: { long: longs }, typeHook } as never);
}

/** All records of a container file. */
export function avscRead(bytes: Uint8Array): Promise<Generic[]> {
  return new Promise((resolve, reject) => {
    const records: Generic[] = [];
    const decoder = new avro.streams.BlockDecoder({ parseHook: avscType } as never);
    decoder.on("data", (record: Generic) => records.push(record));
    decoder.on("error", reject);
    decoder.on("end", () => resolve(records));
    decoder.end(Buffer.from(bytes));
  });
}

/** A container file; fields keep their ids when `ids`, else the header has avsc's canonical schema. */
export function avscWrite(
  schema: unknown,
  records: readonly Generic[],
  codec: string,
  ids: boolean,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const options = { codec, syncMarker: Buffer.alloc(16, 3) };
    // Given a schema the encoder keeps its ids in the header but makes plain longs; given a type, the reverse.
    const header = new avro.streams.BlockEncoder(
      schema as never,
      { ...options, writeHeader: "always" } as never,
    );
    if (ids) parts.push(header.read() as Buffer);
    const writeHeader = ids ? "never" : "always";
    const encoder = new avro.streams.BlockEncoder(avscType(schema), { ...options, writeHeader } as never);
    encoder.on("data", (part: Buffer) => parts.push(part));
    encoder.on("error", reject);
    encoder.on("end", () => resolve(new Uint8Array(Buffer.concat(parts))));
    for (const record of records) encoder.write(record);
    encoder.end();
  });
}
