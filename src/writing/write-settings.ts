/** What a table's `write.*` properties ask of a data-file writer. Spec: properties (PRP), MAN-071, PAR-025. @module */
import { ValidationError } from "../base/index.ts";
import { currentSchema, type TableMetadata } from "../metadata/index.ts";
import {
  type BloomFilterOptions,
  canWriteParquetCodec,
  defaultParquetCodec,
  type ParquetCodec,
} from "../parquet/index.ts";
import { preservesOrder } from "../partitioning/index.ts";
import { isPrimitive, type Schema } from "../schema/index.ts";
import type { SortOrder } from "../sorting/index.ts";
import { DEFAULT_METRICS_MODE, type MetricsMode } from "../values/index.ts";

export interface WriteSettings {
  /** A file is closed when it reaches about this many bytes. */
  readonly targetFileSizeBytes: number;
  readonly rowGroupSizeBytes: number;
  readonly pageSizeBytes: number;
  readonly pageRows: number;
  readonly dictionarySizeBytes: number;
  /** Absent: the encoder's own choice (decision 9). */
  readonly codec?: ParquetCodec;
  readonly codecLevel?: number;
  readonly metricsMode: (fieldId: number) => MetricsMode;
  readonly bloomFilters: ReadonlyMap<number, BloomFilterOptions>;
}

const MIB = 1024 * 1024;

/** Reads the settings. Throws `validation-failed` naming the property for a value that cannot be used. */
export function writeSettings(metadata: TableMetadata, sortOrder: SortOrder): WriteSettings {
  const { properties } = metadata;
  const schema = currentSchema(metadata);
  const format = properties.get("write.format.default")?.toLowerCase() ?? "parquet";
  if (format !== "parquet") throw badProperty("write.format.default", format, "this library writes parquet");
  if (properties.has("encryption.key-id")) {
    throw badProperty(
      "encryption.key-id",
      "(set)",
      "this library cannot encrypt, and plain files would leak (MET-056)",
    );
  }
  const codec = parquetCodec(properties);
  const fellBack = codec === undefined && properties.has("write.parquet.compression-codec");
  const level = fellBack ? undefined : properties.get("write.parquet.compression-level");
  return {
    targetFileSizeBytes: positive(properties, "write.target-file-size-bytes", 512 * MIB),
    rowGroupSizeBytes: positive(properties, "write.parquet.row-group-size-bytes", 128 * MIB),
    pageSizeBytes: positive(properties, "write.parquet.page-size-bytes", MIB),
    pageRows: positive(properties, "write.parquet.page-row-limit", 20_000),
    dictionarySizeBytes: positive(properties, "write.parquet.dict-size-bytes", 2 * MIB),
    ...(codec && { codec }),
    ...(level !== undefined &&
      level !== "null" && { codecLevel: codecLevel(level, codec ?? defaultParquetCodec()) }),
    metricsMode: metricsModes(schema, properties, sortOrder),
    bloomFilters: bloomFilters(schema, properties),
  };
}

const CODECS: readonly ParquetCodec[] = ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4"];

function parquetCodec(properties: ReadonlyMap<string, string>): ParquetCodec | undefined {
  const name = properties.get("write.parquet.compression-codec")?.toLowerCase();
  if (name === undefined) return undefined;
  const codec = CODECS.find((known) => known === (name === "none" ? "uncompressed" : name));
  if (codec === undefined) {
    throw badProperty("write.parquet.compression-codec", name, `use one of ${CODECS.join(", ")}`);
  }
  const inParquet = codec === "lz4" ? "lz4_raw" : codec;
  if (canWriteParquetCodec(inParquet)) return inParquet;
  warnOnce(name);
  return undefined;
}

/** Least and greatest level of the codecs that have levels. */
const LEVELS: Readonly<Partial<Record<ParquetCodec, readonly [number, number]>>> = {
  gzip: [0, 9],
  zstd: [-999, 22],
  brotli: [0, 11],
};

function codecLevel(text: string, codec: ParquetCodec): number {
  const [least, greatest] = LEVELS[codec] ?? [-999, 999];
  const level = Number(text);
  if (/^-?\d{1,3}$/.test(text) && level >= least && level <= greatest) return level;
  throw badProperty(
    "write.parquet.compression-level",
    text,
    `it must be a whole number from ${least} to ${greatest} for ${codec}`,
  );
}

const warned = new Set<string>();

/**
 * Java stores `zstd` in every table it creates, so a codec that is missing here must not stop the writing (decision 9):
 * readers take any.
 */
function warnOnce(codec: string): void {
  if (warned.has(codec)) return;
  warned.add(codec);
  console.warn(
    `icewright: cannot compress ${codec} here, as write.parquet.compression-codec asks; another codec is written ` +
      `(registerCodec adds one, Node 22.15 and later have zstd)`,
  );
}

function bloomFilters(
  schema: Schema,
  properties: ReadonlyMap<string, string>,
): ReadonlyMap<number, BloomFilterOptions> {
  const filters = new Map<number, BloomFilterOptions>();
  const maxBytes = positive(properties, "write.parquet.bloom-filter-max-bytes", MIB);
  const prefix = "write.parquet.bloom-filter-enabled.column.";
  for (const [key, value] of properties) {
    if (!key.startsWith(prefix) || value !== "true") continue;
    const column = key.slice(prefix.length);
    const id = schema.idOf(column);
    if (id === undefined) continue;
    const fpp = Number(properties.get(`write.parquet.bloom-filter-fpp.column.${column}`) ?? 0.01);
    if (!(fpp > 0 && fpp < 1)) {
      throw badProperty(
        `write.parquet.bloom-filter-fpp.column.${column}`,
        String(fpp),
        "it must lie between 0 and 1",
      );
    }
    filters.set(id, { fpp, maxBytes });
  }
  return filters;
}

/** Modes by column: an override, else the default, else `truncate(16)` for the first columns of a wide table. */
function metricsModes(
  schema: Schema,
  properties: ReadonlyMap<string, string>,
  sortOrder: SortOrder,
): (fieldId: number) => MetricsMode {
  const configured = properties.get("write.metadata.metrics.default");
  const limit = wholeOrZero(properties, "write.metadata.metrics.max-inferred-column-defaults", 100);
  const inferred =
    configured === undefined && schema.highestFieldId > limit ? firstColumns(schema, limit) : undefined;
  const fallback = parseMode(configured) ?? DEFAULT_METRICS_MODE;
  const sorted = new Set(
    sortOrder.fields.filter((field) => preservesOrder(field.transform)).map((field) => field.sourceId),
  );
  const modes = new Map<number, MetricsMode>();
  for (const { field, path } of schema.places()) {
    const override = parseMode(properties.get(`write.metadata.metrics.column.${path}`));
    const inherited = inferred === undefined || inferred.has(field.id) ? fallback : NO_METRICS;
    const lifted = sorted.has(field.id) && (inherited.kind === "none" || inherited.kind === "counts");
    modes.set(field.id, override ?? (lifted ? DEFAULT_METRICS_MODE : inherited));
  }
  return (fieldId) => modes.get(fieldId) ?? fallback;
}

const NO_METRICS: MetricsMode = Object.freeze({ kind: "none" });

/** The mode a property spells, or `undefined` for none or one that cannot be read (Java warns and goes on). */
function parseMode(text: string | undefined): MetricsMode | undefined {
  const word = text?.trim().toLowerCase();
  if (word === "none" || word === "counts" || word === "full") return { kind: word };
  const length = /^truncate\((\d+)\)$/.exec(word ?? "")?.[1];
  return length === undefined || Number(length) === 0
    ? undefined
    : { kind: "truncate", length: Number(length) };
}

/** Leaf columns in the documented order: the leaves of a struct first, then its nested fields one by one (MAN-072). */
function firstColumns(schema: Schema, limit: number): ReadonlySet<number> {
  const ids = new Set<number>();
  const visit = (fields: Schema["fields"]): void => {
    for (const { id, type } of fields) {
      if (ids.size < limit && (isPrimitive(type) || type.kind === "variant")) ids.add(id);
    }
    for (const { type } of fields) if (type.kind === "struct") visit(type.fields);
  };
  visit(schema.fields);
  return ids;
}

function positive(properties: ReadonlyMap<string, string>, key: string, fallback: number): number {
  const number = wholeOrZero(properties, key, fallback);
  if (number === 0) throw badProperty(key, "0", "it must be at least 1");
  return number;
}

function wholeOrZero(properties: ReadonlyMap<string, string>, key: string, fallback: number): number {
  const text = properties.get(key);
  if (text === undefined) return fallback;
  if (!/^\d+$/.test(text)) throw badProperty(key, text, "it must be a whole number");
  return Number(text);
}

function badProperty(key: string, value: string, why: string): ValidationError {
  return new ValidationError(`Cannot write with ${key}=${value}: ${why}`, {
    context: { property: key, value },
  });
}
