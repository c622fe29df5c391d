/** What the linter checks, rule by rule, and the findings it collects. @module */

/** One fault of a table. */
export interface Finding {
  /** The rule that was broken, such as `manifest-counts`. */
  readonly rule: RuleId;
  /** Ids of the requirements behind the rule. */
  readonly requirements: readonly string[];
  /** Location of the file at fault. */
  readonly file: string;
  readonly message: string;
}

/** Every rule: the requirements behind it and what it says of a table without faults. */
export const RULES = {
  "file-readable": rule("MAN-047 MET-060", "every file that is referenced exists and is not empty"),
  "metadata-readable": rule(
    "MET-002 MET-061 MET-062 MET-063",
    "metadata is JSON of version 1 to 3, gzipped where its name says so",
  ),
  "metadata-fields": rule(
    "MET-001 MET-006",
    "metadata has the fields that its version requires, and no other version's",
  ),
  "metadata-no-null": rule("MET-004 MET-011 MET-021", "no member of metadata is an explicit null"),
  "metadata-current-ids": rule("MET-007 PRT-055", "current ids resolve, and ids in lists are unique"),
  "metadata-location": rule("MET-012 MET-077", "the location is absolute and has no slash at its end"),
  "metadata-properties": rule("MET-016 MET-017", "properties are text and none is a reserved one"),
  "metadata-updated": rule("MET-013 MET-041", "metadata is not older than its snapshots and logs"),
  "metadata-encryption-keys": rule("MET-055 MET-057", "key ids of snapshots resolve"),
  "metadata-statistics": rule(
    "MET-049 MET-050 PUF-031",
    "statistics files are one a snapshot and what metadata says",
  ),
  "version-hint": rule(
    "MET-064",
    "version-hint.text holds the number of a version that exists, and nothing else",
  ),
  "schema-ids": rule(
    "SCH-016 SCH-017",
    "field ids of a schema are unique and last-column-id is not below them",
  ),
  "schema-types": rule(
    "SCH-001 SCH-003 SCH-007",
    "types are ones the format version has; identifier fields are required columns",
  ),
  "spec-ids": rule(
    "PRT-026 PRT-027 PRT-028",
    "partition field ids mean one field each and last-partition-id is not below them",
  ),
  "spec-fields": rule(
    "PRT-001 PRT-024 PRT-033 PRT-037",
    "partition fields have a source, a transform for it and a name of their own",
  ),
  "sort-orders": rule(
    "PRT-052 PRT-053 PRT-056",
    "order 0 is unsorted, others have fields with a source, direction and null order",
  ),
  "snapshot-fields": rule(
    "MET-020 MET-023 MET-025 MET-029 MET-087",
    "snapshots have the fields that their version requires and ids of their own",
  ),
  "snapshot-operation": rule("MET-022", "the operation is a known one, and an append only adds"),
  "snapshot-sequence": rule(
    "MET-009 MET-024",
    "sequence numbers are unique, not beyond the table's, and rise from parent to child",
  ),
  "snapshot-parent": rule(
    "MET-021 MET-026",
    "parents exist unless expired, and are not younger than their children",
  ),
  "snapshot-log": rule(
    "MET-035 MET-036 MET-038 MET-041",
    "the snapshot log names snapshots in order of time and ends at the current one",
  ),
  "metadata-log": rule(
    "MET-039 MET-041",
    "the metadata log names earlier files in order of time, within its limit",
  ),
  refs: rule(
    "MET-009 MET-042 MET-043 MET-044",
    "refs name snapshots, main is the current one, settings suit their kind",
  ),
  "snapshot-row-ids": rule(
    "MET-027 MET-028",
    "row-id ranges of snapshots are disjoint and below next-row-id",
  ),
  "snapshot-files": rule(
    "MAN-047 MAN-085",
    "live files are the parent's with what was added and without what was deleted",
  ),
  "summary-changes": rule("MET-030 MET-031", "added and removed counters equal what the manifests say"),
  "summary-totals": rule("MET-030 MET-031", "totals are there and equal a recount of the live files"),
  "summary-partitions": rule("MET-032", "changed-partition-count equals the partitions touched"),
  "avro-readable": rule(
    "MAN-005 MAN-054 MAN-057 MAN-062",
    "an Avro file can be read by another implementation",
  ),
  "avro-codec": rule("MAN-054 MAN-061", "the codec is named in the header, also when it is null"),
  "avro-unions": rule(
    "MAN-055 PAR-057",
    "the only union is null and one type, null first, with default null",
  ),
  "manifest-list-fields": rule(
    "MAN-040 MAN-052",
    "fields of a manifest list have their ids, names and types",
  ),
  "manifest-list-header": rule(
    "MAN-049",
    "a manifest list's header names snapshot, parent, sequence number and version",
  ),
  "manifest-list-values": rule(
    "MAN-040 MAN-041",
    "what the version requires of a manifest list entry is there",
  ),
  "manifest-length": rule("MAN-095", "manifest_length is the size of the file"),
  "manifest-spec": rule("MAN-003 MAN-095", "partition_spec_id is a spec of the table"),
  "manifest-counts": rule("MAN-042", "the six counts of a manifest equal its entries"),
  "manifest-partitions": rule("MAN-043 MAN-044", "partition summaries equal what the entries hold"),
  "manifest-sequence": rule(
    "MAN-031 MAN-033",
    "sequence_number and min_sequence_number equal what snapshot and entries say",
  ),
  "manifest-row-ids": rule(
    "MAN-035 MAN-048 MAN-089",
    "first_row_id is assigned to every data manifest, in list order, disjoint",
  ),
  "manifest-content": rule(
    "MAN-004 MAN-019 MAN-051",
    "a manifest holds data files or delete files, not both",
  ),
  "manifest-empty": rule("MAN-090", "a manifest has entries"),
  "manifest-header": rule(
    "MAN-001 MAN-003 PRT-036",
    "a manifest's header has its keys, with the table's schema and spec",
  ),
  "manifest-header-schema-id": rule("MAN-001", "a manifest's header has the schema id"),
  "manifest-entry-field-ids": rule(
    "MAN-006 MAN-014 MAN-052 MAN-053",
    "fields of a manifest entry have their ids, names and types",
  ),
  "manifest-entry-status": rule(
    "MAN-007 MAN-008 MAN-011",
    "status is known and the snapshot id is the one that it calls for",
  ),
  "sequence-inheritance": rule(
    "MAN-009 MAN-010 MAN-029 MAN-034",
    "sequence numbers are explicit or inherited as the status calls for",
  ),
  "entry-row-ids": rule(
    "MAN-036 MAN-038",
    "row ids are assigned by inheritance, disjoint and below next-row-id",
  ),
  "entry-values": rule(
    "MAN-016 MAN-020 MAN-021 MAN-022 MAN-023 MAN-026 MAN-027",
    "fields of a data file entry suit its content",
  ),
  "file-format": rule("MAN-017", "file_format is in upper case"),
  "entry-carried": rule(
    "MAN-009 MAN-024 MAN-038 MAN-085",
    "from snapshot to snapshot an entry keeps its file, numbers and row ids",
  ),
  "live-path-unique": rule("MAN-012", "no path is live twice"),
  "partition-fields": rule(
    "MAN-028 PRT-032",
    "the partition struct has the spec's fields, optional, of the transform's type",
  ),
  "file-size": rule("PAR-028 PUF-033", "file_size_in_bytes is the size of the file"),
  "record-count": rule("PAR-028", "record_count is the number of rows in the file"),
  "split-offsets": rule("MAN-025 PAR-027", "split_offsets are the starts of the row groups"),
  "column-sizes": rule("MAN-081 PAR-039", "column_sizes are sums of chunk sizes in the footer"),
  "parquet-readable": rule("PAR-026", "a Parquet file can be read by another implementation"),
  "parquet-field-ids": rule("PAR-011", "columns and groups have their field id, repeated groups have none"),
  "parquet-columns": rule("PAR-029 PAR-056", "every column of the schema is in the file, in order"),
  "parquet-types": rule("PAR-001 PAR-004 PAR-020", "physical and logical type are the mapped ones"),
  "parquet-repetition": rule("PAR-017", "required columns are REQUIRED, optional ones OPTIONAL"),
  "parquet-converted-types": rule("PAR-001", "the converted type stands beside the logical one"),
  "parquet-nesting": rule("PAR-012", "lists and maps have the three-level form and its names"),
  "parquet-statistics": rule(
    "PAR-031 PAR-034 PAR-035",
    "min, max and null count of the footer contain the values",
  ),
  "parquet-utf8": rule("PAR-009", "strings are valid UTF-8"),
  "required-values": rule("PAR-017", "a required column has no null"),
  "metrics-fields": rule("MAN-065 MAN-073 MAN-080", "metrics are of leaf columns outside lists and maps"),
  "value-counts": rule("MAN-065", "value_counts are the number of values"),
  "null-value-counts": rule("MAN-065", "null_value_counts are the number of nulls"),
  "nan-value-counts": rule("MAN-065", "nan_value_counts are the number of NaNs, of floating columns only"),
  "bounds-encoding": rule("MAN-079 SCH-058", "bounds have the length of their type"),
  "bounds-contain": rule("MAN-066 MAN-067 MAN-068", "bounds contain every value"),
  "bounds-tight": rule(
    "MAN-068 MAN-069 MAN-070",
    "bounds are the least and greatest value, or their proper truncation",
  ),
  "partition-values": rule("PRT-069", "the partition tuple is the transform of every row"),
  "sort-order": rule("PRT-057 PRT-063 PRT-064", "rows are in the order that the file claims"),
  "one-tenant": rule("decision-21", "a data file holds one organization_id"),
  "position-deletes": rule(
    "PRT-063 PAR-054 MET-071",
    "position deletes are sorted, have their ids and are none of version 3",
  ),
  "equality-deletes": rule("MAN-020 MAN-077", "equality ids are columns of the delete file"),
  "puffin-container": rule(
    "PUF-001 PUF-002 PUF-003 PUF-005",
    "a Puffin file has its magic, sizes, flags and footer",
  ),
  "dv-blob": rule(
    "PUF-012 PUF-013 PUF-015 PUF-016",
    "a deletion vector has its length, magic, checksum and bitmap",
  ),
  "dv-entry": rule(
    "MAN-022 PUF-020 PUF-021 PUF-025",
    "a deletion vector's entry equals its blob: offset, length, cardinality, data file",
  ),
  "dv-per-file": rule(
    "CMT-044 CMT-046 PUF-026",
    "a data file has one deletion vector, in its partition, within its rows",
  ),
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof RULES;

interface Rule {
  readonly requirements: readonly string[];
  readonly says: string;
}

/** Collects findings; the same rule, file and message once. */
export class Report {
  private readonly seen = new Map<string, Finding>();

  add(rule: RuleId, file: string, message: string): void {
    const key = `${rule}\n${file}\n${message}`;
    if (this.seen.has(key)) return;
    this.seen.set(key, { rule, requirements: RULES[rule].requirements, file, message });
  }

  get findings(): readonly Finding[] {
    return [...this.seen.values()];
  }
}

/** Any value as short text for messages. */
export function show(value: unknown): string {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (Object.is(value, -0)) return "-0";
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${show(k)}: ${show(v)}`).join(", ")}}`;
  return String(value);
}

function rule(requirements: string, says: string): Rule {
  return { requirements: requirements.split(" "), says };
}
