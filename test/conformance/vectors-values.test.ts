/** Vectors of types, values, transforms and filters. */
import { expect } from "vitest";
import { avroName } from "../../src/avro/index.ts";
import { fromHex, type Json, type JsonObject, toHex } from "../../src/base/index.ts";
import {
  bind,
  type FileMetrics,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  parseExpression,
  strictMetricsEvaluator,
  strictProjection,
  toText,
} from "../../src/expressions/index.ts";
import { catalogMetadataName, hadoopMetadataName, metadataFileVersion } from "../../src/metadata/index.ts";
import {
  applyTransform,
  encodePathPart,
  humanString,
  type PartitionSpec,
  parseTransform,
  transformApplies,
  transformResultType,
} from "../../src/partitioning/index.ts";
import {
  canPromote,
  promoteValue,
  Schema,
  typeFromString,
  typeToString,
  valueFromJson,
  valueToJson,
} from "../../src/schema/index.ts";
import { decodeValue, encodeValue, hashValue } from "../../src/values/index.ts";
import { plain, suite, text } from "./vector-suite.ts";
import { codeOf, heldValue, primitive, type Vector } from "./vectors.ts";

suite(
  "types.json",
  ({ text: name }) => text(name),
  ({ text: name, prints, error }) => {
    if (error !== undefined) return expect(codeOf(() => typeFromString(String(name)))).toBe(error);
    const printed = typeToString(typeFromString(String(name)));
    expect(printed.replaceAll(" ", "")).toBe(String(prints).replaceAll(" ", ""));
    expect(typeFromString(printed)).toEqual(typeFromString(String(name)));
  },
);

suite(
  "single-value.json",
  (v) => `${text(v.type)} ${text(v.json ?? v.hex)}`,
  ({ type: name, json, hex, error, readOnly }) => {
    const type = primitive(name);
    if (error !== undefined && hex !== undefined)
      return expect(codeOf(() => decodeValue(type, fromHex(String(hex))))).toBe(error);
    if (error !== undefined) return expect(codeOf(() => valueFromJson(type, json!))).toBe(error);
    const value = heldValue(type, { json: json! })!;
    expect(decodeValue(type, fromHex(String(hex)))).toEqual(value);
    if (readOnly !== true) expect(toHex(encodeValue(type, value))).toBe(hex);
    expect(plain(valueToJson(type, value))).toEqual(plain(json));
  },
);

suite(
  "hash.json",
  (v) => `${text(v.type)} ${text(v.json ?? v.hex)}`,
  (vector) => {
    const type = primitive(vector.type);
    if (vector.error !== undefined) return expect(codeOf(() => hashValue(type, "x"))).toBe(vector.error);
    expect(hashValue(type, heldValue(type, vector)!)).toBe(vector.hash);
  },
);

suite(
  "transforms.json",
  (v) => `${text(v.transform)} of ${text(v.type)} ${text(v.json)}`,
  (vector) => {
    const { transform: name, type: typeName, expected, error } = vector;
    const type = primitive(typeName);
    if (error === "does not apply")
      return expect(transformApplies(parseTransform(String(name)), type)).toBe(false);
    const act = () => applyTransform(parseTransform(String(name)), type)(heldValue(type, vector));
    if (error !== undefined) return expect(codeOf(act)).toBe(error);
    expect(transformApplies(parseTransform(String(name)), type)).toBe(true);
    const result = transformResultType(parseTransform(String(name)), type);
    const value = act();
    expect(plain(value === null ? null : valueToJson(result, value))).toEqual(plain(expected));
  },
);

suite(
  "promotion.json",
  (v) => `${text(v.from ?? v.bytesOf)} ${text(v.formatVersion ?? v.value)}`,
  (vector) => {
    const { from, formatVersion, to, notTo, promoted, value, bytesOf, hex, json } = vector;
    if (bytesOf !== undefined) {
      const type = primitive(bytesOf);
      return expect(plain(valueToJson(type, decodeValue(type, fromHex(String(hex)))))).toEqual(plain(json));
    }
    if (promoted !== undefined) {
      const { type: name, json: after, error } = promoted as JsonObject;
      const act = () =>
        promoteValue(primitive(from), primitive(name), heldValue(primitive(from), { json: value! })!);
      if (error !== undefined) return expect(codeOf(act)).toBe(error);
      return expect(plain(valueToJson(primitive(name), act()))).toEqual(plain(after));
    }
    const can = (target: Json) => canPromote(primitive(from), primitive(target), Number(formatVersion));
    expect((to as readonly Json[]).filter((target) => !can(target))).toEqual([]);
    expect((notTo as readonly Json[]).filter(can)).toEqual([]);
  },
);

const column = (type: Json | undefined) =>
  new Schema([{ id: 1, name: "c", required: false, type: primitive(type) }]);

suite(
  "projection.json",
  (v) => `${text(v.transform)} of ${text(v.type)}: ${text(v.filter)}`,
  ({ type, transform, filter, inclusive, strict }) => {
    const schema = column(type);
    const spec: PartitionSpec = {
      specId: 0,
      fields: [{ sourceId: 1, fieldId: 1000, name: "p", transform: parseTransform(String(transform)) }],
    };
    const bound = bind(parseExpression(String(filter)), schema);
    expect([
      toText(inclusiveProjection(bound, spec, schema)),
      toText(strictProjection(bound, spec, schema)),
    ]).toEqual([inclusive, strict]);
  },
);

suite(
  "metrics-eval.json",
  (v) => `${text(v.filter)} over ${text(v.metrics)}`,
  ({ type: name, metrics, filter, inclusive, strict }) => {
    const type = primitive(name);
    const { records, values, nulls, nans, lower, upper } = metrics as JsonObject;
    const one = <T>(value: Json | undefined, convert: (value: Json) => T) =>
      value === undefined ? undefined : new Map([[1, convert(value)]]);
    const bound = (json: Json) => encodeValue(type, heldValue(type, { json })!);
    const found: Record<string, unknown> = {
      valueCounts: one(values, Number),
      nullValueCounts: one(nulls, Number),
      nanValueCounts: one(nans, Number),
      lowerBounds: one(lower, bound),
      upperBounds: one(upper, bound),
    };
    const file = {
      recordCount: Number(records),
      ...Object.fromEntries(Object.entries(found).filter(([, map]) => map !== undefined)),
    } as FileMetrics;
    const predicate = bind(parseExpression(String(filter)), column(name));
    expect([inclusiveMetricsEvaluator(predicate)(file), strictMetricsEvaluator(predicate)(file)]).toEqual([
      inclusive,
      strict,
    ]);
  },
);

suite(
  "names.json",
  (v) => `${text(v.kind)} ${text(v.expected)}`,
  (vector) => {
    const { kind, expected, name, version, uuid, gzip, path, type, transform } = vector;
    const codec = gzip === true ? "gzip" : "none";
    const made: Record<string, () => unknown> = {
      avro: () => avroName(String(name)),
      "catalog-metadata": () => catalogMetadataName(Number(version), String(uuid), codec),
      "hadoop-metadata": () => hadoopMetadataName(Number(version), codec),
      "metadata-version": () => metadataFileVersion(String(path)),
      human: () => humanString(parseTransform(String(transform)), primitive(type), heldPartition(vector)),
      "path-part": () => encodePathPart(String(vector.text)),
    };
    expect(made[String(kind)]!()).toBe(expected);
  },
);
/** The partition value of a source value. */
function heldPartition(vector: Vector) {
  const type = primitive(vector.type);
  return applyTransform(parseTransform(String(vector.transform)), type)(heldValue(type, vector));
}
