/** Copies of good tables with one thing changed: the linter's negative controls. @module */
import { type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import { decode, typeOf } from "../avro.ts";
import { type Finding, lintTable } from "../lint.ts";
import type { MemoryTable } from "../written.ts";

/** Records as avsc has them, to be changed in place. */
type Records = object[];

/** A copy of a table in memory whose files can be changed. */
export class Tampered {
  readonly files: Map<string, Uint8Array>;
  metadataFile: string;

  constructor({ io, table }: Pick<MemoryTable, "io"> & { table: { metadataLocation: string } }) {
    this.files = new Map(io.files);
    this.metadataFile = table.metadataLocation;
  }

  copy(): Tampered {
    const { files, metadataFile } = this;
    return new Tampered({ io: { files } as MemoryTable["io"], table: { metadataLocation: metadataFile } });
  }

  async lint(): Promise<readonly Finding[]> {
    return await lintTable(this.metadataFile, {
      readFile: async (location) => {
        const bytes = this.files.get(location);
        if (bytes === undefined) throw new Error("no such file");
        return bytes;
      },
    });
  }

  /** Changes metadata members: `set(metadata, "refs.main.snapshot-id", 5n)`. */
  metadata(edit: (metadata: object) => unknown): void {
    const metadata = parseJson(new TextDecoder().decode(this.files.get(this.metadataFile))) as object;
    edit(metadata);
    this.files.set(this.metadataFile, new TextEncoder().encode(stringifyJson(metadata as Json)));
  }

  /** Changes the entries of the current snapshot's manifest list. */
  async list(edit: (manifests: Records) => unknown): Promise<void> {
    await this.avro(this.lists().at(-1)!, { records: edit });
  }

  /** Changes the entries of the newest data manifest, or of one by name, and its length where lists tell it. */
  async manifest(edit: (entries: Records) => unknown, name?: string): Promise<void> {
    await this.manifestFile({ records: edit }, name);
  }

  /** Changes anything of the newest data manifest, or of one by name, and its length where lists tell it. */
  async manifestFile(edit: AvroEdit, name?: string): Promise<void> {
    const named = [...this.files.keys()].find((location) => name !== undefined && location.endsWith(name));
    const location = named ?? (await this.newestManifest());
    await this.avro(location, edit);
    const length = BigInt(this.files.get(location)!.length);
    for (const list of this.lists()) {
      await this.avro(list, {
        records: (manifests) => {
          for (const manifest of manifests)
            if (get(manifest, "manifest_path") === location) set(manifest, "manifest_length", length);
        },
      });
    }
  }

  /** Changes an Avro file, or makes a changed copy of it. */
  async avro(location: string, edit: AvroEdit, to = location): Promise<void> {
    const { header, values } = await decode(this.files.get(location)!);
    const schema = parseJson(header.get("avro.schema")!) as object;
    const written = header.get("avro.schema")!;
    edit.records?.(values as Records);
    edit.schema?.(schema);
    header.set("avro.schema", stringifyJson(schema as Json));
    const type = typeOf(JSON.parse(edit.encodesAnew ? header.get("avro.schema")! : written));
    header.set("avro.codec", "null");
    edit.header?.(header);
    const data = Buffer.concat(values.map((value) => type.toBuffer(value)));
    this.files.set(to, container(header, values.length, data));
  }

  /** Puts a changed copy of the oldest manifest, of existing entries, in its place in the newest list. */
  async rewriteOldest(edit: (entries: Records) => unknown): Promise<void> {
    const { values } = await decode(this.files.get(this.lists().at(-1)!)!);
    const oldest = String(get(values.at(-1) as object, "manifest_path"));
    const copy = oldest.replace(/[^/]*$/, "rewritten-m0.avro");
    await this.avro(oldest, { records: edit }, copy);
    await this.list((manifests) => {
      const { added_files_count: files, added_rows_count: rows } = manifests.at(-1) as Holder;
      const own = { manifest_path: copy, manifest_length: BigInt(this.files.get(copy)!.length) };
      const sequence = { sequence_number: 2n, added_snapshot_id: this.snapshotId(1) };
      const counts = { existing_files_count: files, existing_rows_count: rows };
      const added = { added_files_count: 0, added_rows_count: 0n };
      manifests.push({ ...(manifests.pop() as Holder), ...own, ...sequence, ...counts, ...added });
    });
  }

  snapshotId(index: number): bigint {
    const metadata = parseJson(new TextDecoder().decode(this.files.get(this.metadataFile))) as object;
    return BigInt(get(metadata, `snapshots.${index}.snapshot-id`) as bigint);
  }

  lists(): string[] {
    return [...this.files.keys()]
      .filter((location) => /\/snap-[^/]*\.avro$/.test(location))
      .sort(this.bySnapshot());
  }

  dataFiles(): string[] {
    return [...this.files.keys()].filter((location) => location.endsWith(".parquet"));
  }

  /** New manifests come first in a list. */
  async newestManifest(): Promise<string> {
    const { values } = await decode(this.files.get(this.lists().at(-1)!)!);
    return String(get(values[0] as object, "manifest_path"));
  }

  private bySnapshot(): (a: string, b: string) => number {
    const text = new TextDecoder().decode(this.files.get(this.metadataFile));
    return (a, b) => text.indexOf(a) - text.indexOf(b);
  }
}

export interface AvroEdit {
  readonly records?: (records: Records) => unknown;
  readonly schema?: (schema: object) => unknown;
  /** Whether values are encoded by the changed schema; by default the schema alone is changed. */
  readonly encodesAnew?: true;
  readonly header?: (header: Map<string, string>) => unknown;
}

type Holder = Record<string, unknown>;

/** What stands at a path of member names and indexes: `snapshots.0.summary`. */
export function get(from: object, path: string): unknown {
  let value: unknown = from;
  for (const step of path.split(".")) value = (value as Holder | undefined)?.[step];
  return value;
}

/** Changes what stands at a path; `undefined` removes it. */
export function set(from: object, path: string, value: unknown): void {
  const steps = path.split(".");
  const last = steps.pop()!;
  const holder = (steps.length === 0 ? from : get(from, steps.join("."))) as Holder | undefined;
  if (holder === undefined || holder === null) throw new Error(`there is no ${path} to change`);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}

/** Changes one pair of a metrics map of an entry. */
export function setMetric(entry: object, map: string, fieldId: number, value: unknown): void {
  const pairs = get(entry, `data_file.${map}`) as { key: number; value: unknown }[];
  const pair = pairs.find(({ key }) => key === fieldId);
  if (pair === undefined) throw new Error(`there is no ${map} of field ${fieldId} to change`);
  pair.value = value;
}

/** The field of an Avro schema's record with an id, however deep. */
export function fieldOf(schema: unknown, fieldId: number): object {
  const found = search(schema, fieldId);
  if (found === undefined) throw new Error(`there is no field ${fieldId}`);
  return found;
}

function search(json: unknown, fieldId: number): object | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  if ("field-id" in json && json["field-id"] === fieldId) return json;
  for (const inner of Object.values(json)) {
    const found = search(inner, fieldId);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An uncompressed container file of one block. */
function container(header: ReadonlyMap<string, string>, count: number, data: Buffer): Uint8Array {
  const sync = Buffer.alloc(16, 7);
  const text = (value: string) => Buffer.concat([varint(Buffer.byteLength(value)), Buffer.from(value)]);
  const pairs = [...header].flatMap(([key, value]) => [text(key), text(value)]);
  const block = count === 0 ? [] : [varint(count), varint(data.length), data, sync];
  return new Uint8Array(
    Buffer.concat([Buffer.from("Obj\u0001"), varint(header.size), ...pairs, varint(0), sync, ...block]),
  );
}

/** A non-negative zig-zag varint. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
