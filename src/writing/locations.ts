/** Where data files go: the partition layout, or hashed folders for object stores. Spec: File locations (PRT-047..051). @module */
import { utf8Encode, ValidationError } from "../base/index.ts";
import { joinLocation } from "../io/index.ts";
import { currentSchema, type TableMetadata } from "../metadata/index.ts";
import { type PartitionSpec, type PartitionTuple, partitionPath } from "../partitioning/index.ts";
import { murmur3 } from "../values/index.ts";

/** Location of a new data file of a partition. */
export type LocationProvider = (spec: PartitionSpec, tuple: PartitionTuple, fileName: string) => string;

/**
 * The layout the table's properties ask for: `write.data.path`, `write.object-storage.*`.
 * @throws ValidationError for `write.location-provider.impl`, which names a class we do not have (decision 4), and
 * for the two properties that `write.data.path` took the place of.
 */
export function locationProvider(metadata: TableMetadata): LocationProvider {
  const { location, properties } = metadata;
  const custom = properties.get("write.location-provider.impl");
  if (custom !== undefined) {
    throw new ValidationError(
      `Cannot write: the table asks for the location provider ${custom}, which this library does not have; unset write.location-provider.impl`,
      { context: { property: "write.location-provider.impl", value: custom } },
    );
  }
  const schema = currentSchema(metadata);
  const base = dataLocation(location, properties);
  const pathOf = (spec: PartitionSpec, tuple: PartitionTuple) =>
    spec.fields.length === 0 ? [] : [partitionPath(spec, schema, tuple)];
  if (properties.get("write.object-storage.enabled") !== "true") {
    return (spec, tuple, fileName) => joinLocation(base, ...pathOf(spec, tuple), fileName);
  }
  const partitioned = properties.get("write.object-storage.partitioned-paths") !== "false";
  const inside = base === location || base.startsWith(`${location}/`);
  const context = inside ? [] : [location.split("/").slice(-2).join("/")];
  return (spec, tuple, fileName) => {
    const name = (partitioned ? [...pathOf(spec, tuple), fileName] : [fileName]).join("/");
    const folders = hashFolders(name);
    return partitioned || context.length > 0
      ? joinLocation(base, folders, ...context, name)
      : joinLocation(base, `${folders}-${name}`);
  };
}

function dataLocation(location: string, properties: ReadonlyMap<string, string>): string {
  const path = properties.get("write.data.path");
  const old = ["write.object-storage.path", "write.folder-storage.path"].find((key) => properties.has(key));
  if (path === undefined && old !== undefined) {
    throw new ValidationError(
      `Cannot write with ${old}=${properties.get(old)}: that property is no longer used; set write.data.path (PRP-040)`,
      { context: { property: old, value: properties.get(old) } },
    );
  }
  if (path === undefined) return joinLocation(location, "data");
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith("/");
  return (absolute ? path : joinLocation(location, path)).replace(/\/+$/, "");
}

/** Twenty bits of hash as folders of 4, 4, 4 and 8: spreads names over an object store's key space (PRT-050). */
function hashFolders(name: string): string {
  const bits = (murmur3(utf8Encode(name)) | 0x80000000) >>> 0;
  const text = bits.toString(2).slice(-20);
  return [text.slice(0, 4), text.slice(4, 8), text.slice(8, 12), text.slice(12)].join("/");
}
