/** What tables of other implementations do otherwise than the rules say, and who does it. @module */
import type { RuleId } from "../../linter/lint.ts";

/** Findings that are expected: their rule and message. Why they are there stands above each. */
export const DIFFERENCES = {
  // Java and PyIceberg leave the schema id out of manifests (MAN-001).
  "no schema-id": ["manifest-header-schema-id", /^it lacks schema-id$/],
  // PyIceberg declares the elements of equality_ids as longs (MAN-020).
  "long equality ids": ["manifest-entry-field-ids", /^field 135 \(equality_ids\) is list<136:long>/],
  // PyIceberg makes partition fields of required columns required (PRT-032).
  "required partition": ["partition-fields", /^\w+ is not optional$/],
  // PyIceberg has counts and bounds of the leaves of lists and maps (MAN-073).
  "nested metrics": ["metrics-fields", /which is (inside a list or map|a list|a map|a struct)$/],
  // Java up to 1.4 named counts of files by "data files" (MAN-040).
  "old count names": ["manifest-list-fields", /^field 50[456] is named \w+_data_files_count/],
  // Java before version 2 had snapshot ids optional.
  "optional snapshot id in lists": ["manifest-list-fields", /^field 503 .* is optional, version 1 requires/],
  "optional snapshot id": ["manifest-entry-field-ids", /^field 1 \(snapshot_id\) is optional, version 1/],
  // Spark writes columns that its query cannot make null as REQUIRED, which readers take (PAR-017).
  "required in the file": ["parquet-repetition", /is REQUIRED, not OPTIONAL$/],
  "optional in the file": ["parquet-repetition", /is OPTIONAL, not REQUIRED$/],
  // Tables made by scripts under a relative path.
  "relative location": ["metadata-location", /is not absolute$/],
  // Files written without ids or partition columns, which the manifests then describe with made-up numbers.
  "foreign data files": ["file-size", /^it has \d+ bytes, told \d+$/],
  "sizes of other columns": ["column-sizes", /^field \d+ has (undefined|\d+) bytes, told \d+$/],
  "no partition column": ["parquet-columns", /^columns (\w+, )*\w+ are not in the file$/],
  "strings without logical type": ["parquet-types", /^event_type is BYTE_ARRAY , not BYTE_ARRAY STRING/],
  // PyIceberg, through Arrow: times as of UTC, uuids as plain fixed bytes; and a writer without converted types.
  "times of UTC": ["parquet-types", /col_time is INT64 TIME MICROS utc/],
  "plain uuids": ["parquet-types", /col_uuid is FIXED_LEN_BYTE_ARRAY\(16\) , not/],
  "no converted type": ["parquet-converted-types", /^event_time has the converted type ""/],
  // Readers take decimals as fixed bytes whatever their precision (PAR-003).
  "fixed decimal": ["parquet-types", /^d is FIXED_LEN_BYTE_ARRAY\(4\) DECIMAL 9 0, not INT32/],
  // Trino annotates no variant.
  "plain variant": ["parquet-types", /^v is no annotated VARIANT/],
  // Impala's fixtures were rewritten with another tool, without header keys and lengths.
  "bare list header": ["manifest-list-header", /^[a-z-]+ is undefined/],
  "bare header": ["manifest-header", /^it lacks schema, partition-spec/],
  "other manifest": ["manifest-length", /is listed with \d+ bytes, it has \d+$/],
  // ... or their snapshot ids went through a JSON writer that rounds to 2^53.
  "rounded ids in lists": ["manifest-list-header", /^(parent-)?snapshot-id is "\d+", not \d+00$/],
  "rounded ids of files": ["snapshot-files", /is live and was not added$/],
  "rounded ids of changes": ["summary-changes", /its manifests 0$/],
  "rounded ids of partitions": ["summary-partitions", /changed-partition-count 1, not 0$/],
  "rounded ids of statistics": ["metadata-statistics", /has the blobs/],
  "hint with a line break": ["version-hint", /^it holds "\d+\\n"$/],
  "empty hint": ["version-hint", /^it holds ""$/],
  // Some writers tell fewer counters and totals than Java does.
  "fewer counters": ["summary-changes", /^snapshot \d+ has (added-\S+|\S+-dvs) "0", its manifests \d+$/],
  "fewer totals": ["summary-totals", /^snapshot \d+ has no total-/],
  // Made by hand, each for the reader's sake.
  "file missing": ["file-readable", /cannot be read: no such file/],
  "id above 2^63": ["snapshot-fields", /^snapshot 9876543210123456789: its id is no positive 64-bit/],
  "log not continued": ["snapshot-log", /^it ends at 4327154639183968397/],
  "counters of a made-up snapshot": ["summary-changes", /added-delete-files "1", its manifests 0$/],
  "file sequence number written early": [
    "sequence-inheritance",
    /it is added and has a file sequence number/,
  ],
  "bare vector": ["puffin-container", /^it does not start with PFA1$/],
  "no next-row-id": ["metadata-fields", /^version 3 requires next-row-id$/],
  "-1 in version 3": ["metadata-no-null", /^current-snapshot-id is -1/],
  "last-column-id of 1": ["schema-ids", /^last-column-id is 1, schema 0 has 17$/],
  "two schemas": ["metadata-fields", /^schema is not the current one of schemas$/],
  "one row more": ["record-count", /^it has 2 rows, told 1$/],
} as const satisfies Readonly<Record<string, readonly [RuleId, RegExp]>>;

export type Difference = keyof typeof DIFFERENCES;

const OLD_V1 = [
  "no schema-id",
  "old count names",
  "optional snapshot id in lists",
  "optional snapshot id",
] as const;
const PYICEBERG = ["no schema-id", "long equality ids"] as const;
const HIVE_FILES = [
  "foreign data files",
  "sizes of other columns",
  "no partition column",
  "strings without logical type",
] as const;
const HIVE_JAVA = ["relative location", "no schema-id", "old count names", ...HIVE_FILES] as const;
const HIVE_PYICEBERG = [
  "relative location",
  ...PYICEBERG,
  "required partition",
  ...HIVE_FILES,
  "optional in the file",
] as const;
const IMPALA = ["no schema-id", "old count names", "bare list header", "bare header"] as const;
const IMPALA_V1 = [...OLD_V1, "bare list header", "bare header"] as const;
const ROUNDED = ["rounded ids of files", "rounded ids of changes", "rounded ids of partitions"] as const;

/** By table, in the order of `expected.json`. */
export const KNOWN: Readonly<Record<string, readonly Difference[]>> = {
  "duckdb/add_columns_with_defaults": ["relative location", ...PYICEBERG, "times of UTC", "plain uuids"],
  "duckdb/add_columns_with_defaults_in_struct": [
    "relative location",
    ...PYICEBERG,
    "times of UTC",
    "plain uuids",
  ],
  "duckdb/case_sensitive_names": ["relative location", ...PYICEBERG],
  "duckdb/column_mapping": ["relative location", ...PYICEBERG, "nested metrics"],
  "duckdb/custom_write_paths": ["relative location"],
  "duckdb/equality_delete_cross_partition": [
    ...["relative location", ...PYICEBERG, "required partition"],
    ...["id above 2^63", "log not continued", "other manifest", "rounded ids of files"],
    ...["counters of a made-up snapshot", "fewer totals"],
  ] as Difference[],
  "duckdb/equality_deletes": ["relative location", "no schema-id", "file missing"],
  "duckdb/generated_bounds": [
    ...[
      "relative location",
      ...PYICEBERG,
      "other manifest",
      "fewer counters",
      "fewer totals",
      "file missing",
    ],
  ] as Difference[],
  "duckdb/hive_partitioned_table": HIVE_JAVA,
  "duckdb/iceberg_v1_deprecated": [
    "relative location",
    "no schema-id",
    "optional snapshot id",
    "required in the file",
  ],
  "duckdb/is_null_is_not_null": ["relative location", "no schema-id"],
  "duckdb/legacy_bare_deletion_vector": [
    ...["relative location", ...PYICEBERG, "file sequence number written early"],
    ...["fewer counters", "fewer totals", "bare vector"],
  ] as Difference[],
  "duckdb/lineitem_iceberg_gz": ["relative location", ...OLD_V1],
  "duckdb/map_stats": [...PYICEBERG, "nested metrics"],
  "duckdb/null_stats": ["relative location", ...PYICEBERG, "other manifest"],
  "duckdb/partition_binary": HIVE_JAVA,
  "duckdb/partition_bool": HIVE_JAVA,
  "duckdb/partition_decimal_bigint": HIVE_JAVA,
  "duckdb/partition_fixed_length_binary": HIVE_PYICEBERG,
  "duckdb/partition_float": HIVE_JAVA,
  "duckdb/partition_time": HIVE_PYICEBERG,
  "duckdb/partition_timestamptz": HIVE_PYICEBERG,
  "duckdb/timestamptz_ns": ["relative location", "no next-row-id", "-1 in version 3"],
  "duckdb/uuid": ["relative location", "no schema-id"],
  "icebird/athena_example": ["no schema-id", "old count names"],
  "icebird/java_bunnies": ["no schema-id"],
  "impala/key_metadata": IMPALA,
  "impala/migrated_complex": [...IMPALA_V1, "hint with a line break", "nested metrics"],
  "impala/mixed_file_format": IMPALA_V1,
  "impala/partitioned_hour_identity": [...OLD_V1, "fewer counters", "fewer totals"],
  "impala/puffin_stats": [...IMPALA_V1, "other manifest", "fixed decimal"],
  "impala/timestamp_part": [...IMPALA_V1, "hint with a line break"],
  "impala/uppercase_col": ["last-column-id of 1", "two schemas"],
  "impala/v2_delete_both_eq_and_pos": IMPALA,
  "impala/v2_delete_equality": IMPALA,
  "impala/v2_delete_equality_nulls": [...IMPALA, "foreign data files", "one row more"],
  "impala/v2_delete_equality_partitioned": IMPALA,
  "impala/v2_partitioned_position_deletes": [...IMPALA, "fewer counters", "no converted type"],
  "impala/v3_all_types": ["no schema-id", "rounded ids in lists", ...ROUNDED],
  "impala/v3_default_value": ["no schema-id", "hint with a line break", "required in the file"],
  "impala/v3_default_value_avro": ["no schema-id", "hint with a line break"],
  "impala/v3_default_value_orc": ["no schema-id"],
  "impala/v3_deletion_vectors": ["no schema-id", "empty hint", "required in the file"],
  "impala/v3_row_lineage": ["no schema-id", "hint with a line break", "required in the file"],
  "impala/v3_trino_variant": [
    ...["no schema-id", "hint with a line break", "bare list header", "bare header", "plain variant"],
    ...["rounded ids of statistics", ...ROUNDED],
  ] as Difference[],
  "pyiceberg/added": ["no schema-id"],
  "pyiceberg/cow": PYICEBERG,
  "pyiceberg/evolve": [...PYICEBERG, "nested metrics"],
  "pyiceberg/part": PYICEBERG,
  "pyiceberg/upsert": PYICEBERG,
};
