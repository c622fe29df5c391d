/**
 * A table of data files that do not exist, for planning benchmarks: metadata, a manifest list and manifests with the
 * metrics of 24 columns, three months x twenty organizations, run ids sorted within a partition.
 *
 * Layouts: `mixed` (every manifest holds every partition, as plain appends leave it; 1,000 entries a manifest),
 * `clustered` (a manifest holds neighbouring partitions; 1,000) and `small` (as mixed; 60).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const LAYOUTS = { mixed: 1000, clustered: 1000, small: 60 };
const MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01"].map((day) => Date.parse(`${day}T00:00:00Z`));
const ORGANIZATIONS = Array.from({ length: 20 }, (_, i) => `org_${String(i).padStart(2, "0")}_acme`);
const PARTITIONS = MONTHS.length * ORGANIZATIONS.length;
const DAY_MS = 86_400_000;
/** Runs of one partition are spread over this many files' ranges. */
const RANGES = 16;
const SNAPSHOT_ID = 3_051_729_675_574_597_004n;

/** One organization, one month, one run: of 100,000 files about 100 are left. */
export const FILTER =
  `organization_id = '${ORGANIZATIONS[3]}' AND event_timestamp >= '2026-02-01T00:00:00Z' ` +
  "AND event_timestamp < '2026-03-01T00:00:00Z' AND workload_run_id = '7a000000-0000-4000-8000-000000000000'";
/** The same in forms that peers without a parser take. */
export const FILTER_PARTS = {
  organization: ORGANIZATIONS[3],
  from: "2026-02-01T00:00:00Z",
  to: "2026-03-01T00:00:00Z",
  run: "7a000000-0000-4000-8000-000000000000",
};

const STRINGS =
  "span_id trace_id parent_span_id workload_run_id - - organization_id org_namespace logic_id nodespec_id " +
  "service_name workload_name node_name node_role model_name model_vendor - - token_usage_json node_input " +
  "node_output status_code error_message raw_attributes_json";

/**
 * Writes the table into `folder` and tells what it wrote, and how many files may hold rows of the filter: those of its
 * organization and month whose run ids have its range. Their paths go into `kept.json`. `core` is icewright's core entry.
 */
export function makeTable(core, folder, entries, layout) {
  const schema = schemaOf(core);
  const spec = core.buildPartitionSpec(schema, [
    core.month("event_timestamp"),
    core.identity("organization_id"),
  ]);
  const location = `file://${folder}`;
  mkdirSync(join(folder, "metadata"), { recursive: true });
  const perManifest = LAYOUTS[layout];
  const manifests = [];
  let bytes = 0;
  for (let from = 0; from < entries; from += perManifest) {
    const count = Math.min(perManifest, entries - from);
    const written = core.writeManifest({
      formatVersion: 2,
      schema,
      spec,
      content: "data",
      snapshotId: SNAPSHOT_ID,
      entries: files(core, spec, location, entries, layout, from, count),
      sync: new Uint8Array(16).fill(7),
    });
    const name = `manifest-${String(manifests.length).padStart(6, "0")}.avro`;
    writeFileSync(join(folder, "metadata", name), written.bytes);
    bytes += written.bytes.length;
    manifests.push({ ...written.manifest, manifestPath: `${location}/metadata/${name}` });
  }
  const list = core.writeManifestList({
    formatVersion: 2,
    snapshotId: SNAPSHOT_ID,
    sequenceNumber: 1,
    manifests,
    sync: new Uint8Array(16).fill(9),
  });
  const listName = `snap-${SNAPSHOT_ID}-1.avro`;
  writeFileSync(join(folder, "metadata", listName), list.bytes);
  writeFileSync(
    join(folder, "metadata", "v1.metadata.json"),
    core.printMetadata(metadataOf(core, schema, spec, location, `${location}/metadata/${listName}`)),
  );
  writeFileSync(join(folder, "metadata", "version-hint.text"), "1");
  const kept = [];
  for (let i = 0; i < entries; i++) if (isKept(placeOf(layout, entries, i))) kept.push(pathOf(folder, i));
  writeFileSync(join(folder, "kept.json"), JSON.stringify(kept));
  return { manifests: manifests.length, manifestBytes: bytes, kept: kept.length };
}

function schemaOf(core) {
  const { t, required, optional } = core;
  const columns = {};
  STRINGS.split(" ").forEach((name, i) => {
    if (i === 4) columns.event_timestamp = required(t.timestamptz());
    else if (i === 5) columns.duration_ms = optional(t.long());
    else if (i === 16) columns.input_tokens = optional(t.long());
    else if (i === 17) columns.output_tokens = optional(t.long());
    else columns[name] = (i === 3 || i === 6 ? required : optional)(t.string());
  });
  return core.defineSchema(columns);
}

function metadataOf(core, schema, spec, location, manifestList) {
  const now = Date.parse("2026-04-01T00:00:00Z");
  const empty = core.newTableMetadata({
    uuid: "9c12d441-03fe-4693-9a96-a0705ddf69c1",
    location,
    schema,
    spec,
    properties: new Map(),
    formatVersion: 2,
    nowMs: now,
  });
  const snapshot = {
    snapshotId: SNAPSHOT_ID,
    sequenceNumber: 1,
    timestampMs: now,
    manifestList,
    summary: new Map([["operation", "append"]]),
    schemaId: empty.currentSchemaId,
  };
  return core.applyUpdates(
    empty,
    [
      { action: "add-snapshot", snapshot },
      { action: "set-snapshot-ref", refName: "main", ref: { type: "branch", snapshotId: SNAPSHOT_ID } },
    ],
    { nowMs: now },
  );
}

/** The partition of a file and the range of run ids it has in there. */
function placeOf(layout, entries, i) {
  const partition = layout === "clustered" ? Math.floor((i * PARTITIONS) / entries) : i % PARTITIONS;
  return {
    month: partition % MONTHS.length,
    organization: ORGANIZATIONS[Math.floor(partition / MONTHS.length)],
    range: (layout === "clustered" ? i : Math.floor(i / PARTITIONS)) % RANGES,
  };
}

function isKept({ month, organization, range }) {
  return month === 1 && organization === FILTER_PARTS.organization && range === 7;
}

function pathOf(location, i) {
  return `${location}/data/${String(i).padStart(8, "0")}-6f1c2d3e-4b5a-4c6d-8e7f-00112233445566.parquet`;
}

function* files(core, spec, location, entries, layout, from, count) {
  const encoder = new TextEncoder();
  const months = MONTHS.map((ms) => {
    const date = new Date(ms);
    return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
  });
  const long = (value) => core.encodeValue({ kind: "long" }, value);
  for (let i = from; i < from + count; i++) {
    const { month, organization, range } = placeOf(layout, entries, i);
    const lower = new Map();
    const upper = new Map();
    for (let id = 1; id <= 24; id++) {
      if (id === 6 || id === 17 || id === 18) {
        lower.set(id, long(BigInt(i % 50)));
        upper.set(id, long(BigInt(1000 + (i % 5000))));
      } else {
        lower.set(id, encoder.encode(`${(i * 7919 + id * 104729).toString(16)}-0123456789abc`.slice(0, 16)));
        upper.set(id, encoder.encode(`f${(i * 6151 + id * 3571).toString(16)}-0123456789abc`.slice(0, 16)));
      }
    }
    const nibble = range.toString(16);
    lower.set(4, encoder.encode(`${nibble}0000000-0000-40`)).set(7, encoder.encode(organization));
    upper.set(4, encoder.encode(`${nibble}fffffff-ffff-4g`)).set(7, encoder.encode(organization));
    lower.set(5, long(BigInt(MONTHS[month]) * 1000n + BigInt(i)));
    upper.set(5, long(BigInt(MONTHS[month] + 27 * DAY_MS) * 1000n));
    const counts = (of) => new Map(Array.from({ length: 24 }, (_, id) => [id + 1, of(id + 1)]));
    yield {
      status: "added",
      dataFile: {
        content: "data",
        filePath: pathOf(location, i),
        fileFormat: "parquet",
        specId: spec.specId,
        partition: [months[month], organization],
        recordCount: 5000,
        fileSizeInBytes: 1_700_000 + (i % 1000),
        columnSizes: counts((id) => 40_000 + ((i * id) % 9000)),
        valueCounts: counts(() => 5000),
        nullValueCounts: counts((id) => (id === 3 || id > 20 ? (i * id) % 700 : 0)),
        lowerBounds: lower,
        upperBounds: upper,
        splitOffsets: [4],
        sortOrderId: 0,
      },
    };
  }
}
