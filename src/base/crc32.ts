/**
 * CRC-32 (IEEE), as zlib has it, eight bytes a step. Spec: Parquet format, Checksumming; App. A Avro (snappy blocks);
 * Puffin, `deletion-vector-v1`.
 * @module
 */

const LANES = 8;
/** Table `lane` advances a byte by `lane` further bytes. */
const TABLES = buildTables();

/** The checksum as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let crc = -1;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += LANES) {
    crc =
      t7[(crc ^ bytes[i]!) & 0xff]! ^
      t6[((crc >>> 8) ^ bytes[i + 1]!) & 0xff]! ^
      t5[((crc >>> 16) ^ bytes[i + 2]!) & 0xff]! ^
      t4[(crc >>> 24) ^ bytes[i + 3]!]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function buildTables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  const tables = [first];
  for (let lane = 1; lane < LANES; lane++) {
    const before = tables[lane - 1]!;
    tables.push(before.map((value) => (value >>> 8) ^ first[value & 0xff]!));
  }
  return tables;
}
