/** The laws of `icewright/testing`: this library passes them, and an implementation with a classic fault does not. @module */
import { describe, expect, test } from "vitest";
import { isIcebergError, parseJson, stringifyJson } from "../../../src/base/index.ts";
import { decodeDeletionVector, encodeDeletionVector, PositionBitmap } from "../../../src/deletes/index.ts";
import {
  bind,
  type Expression,
  evaluator,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  manifestEvaluator,
  partitionEvaluator,
  residualEvaluator,
  strictMetricsEvaluator,
  strictProjection,
} from "../../../src/expressions/index.ts";
import { type ManifestFile, readManifest, writeManifest } from "../../../src/manifests/index.ts";
import {
  checkRequirements,
  parseMetadata,
  printMetadata,
  requirementFromJson,
  requirementsFor,
  requirementToJson,
  updateFromJson,
  updateToJson,
} from "../../../src/metadata/index.ts";
import {
  applyTransform,
  type PartitionSpec,
  partitionFields,
  SpecUpdate,
} from "../../../src/partitioning/index.ts";
import {
  type PrimitiveValue,
  Schema,
  SchemaUpdate,
  schemaFromJson,
  schemaToJson,
  type Value,
  valueFromJson,
  valueToJson,
} from "../../../src/schema/index.ts";
import {
  applySchemaChange,
  applySpecChange,
  arbitraryLong,
  checkInclusiveMetrics,
  checkInclusiveProjection,
  checkManifestCodec,
  checkManifestPruning,
  checkMetadataJson,
  checkPositionsCodec,
  checkResiduals,
  checkRoundTrip,
  checkSchemaEvolution,
  checkSchemaJson,
  checkSpecEvolution,
  checkStrictMetrics,
  checkStrictProjection,
  checkTransforms,
  checkTruncatedBounds,
  checkUpdateCodec,
  checkValueBytes,
  checkValueJson,
  checkValueOrder,
  type ManifestCase,
  type SchemaChange,
  type SpecChange,
} from "../../../src/testing/index.ts";
import {
  compareValues,
  decodeValue,
  encodeValue,
  truncateLowerBound,
  truncateUpperBound,
} from "../../../src/values/index.ts";

/** Enough for every fault below to show, whatever the seed; the counterexamples need not be small. */
const MANY = { numRuns: 3000, endOnFailure: true };

describe("laws of values", () => {
  test("checkRoundTrip() holds of what loses nothing, fails int64 through a float (MET-003)", () => {
    const arbitrary = arbitraryLong();
    expect(checkRoundTrip({ arbitrary, encode: String, decode: BigInt })).toBe(100);
    expect(() => checkRoundTrip({ arbitrary, encode: Number, decode: BigInt })).toThrow(/Counterexample/);
  });

  test("checkValueBytes() holds here, fails little-endian decimals (SCH-055)", () => {
    expect(checkValueBytes({ encode: encodeValue, decode: decodeValue })).toBe(100);
    const encode: typeof encodeValue = (type, value) =>
      type.kind === "decimal" ? encodeValue(type, value).reverse() : encodeValue(type, value);
    expect(() => checkValueBytes({ encode, decode: decodeValue }, MANY)).toThrow(/seed/);
  });

  test("checkValueJson() holds here, fails dates a day off (SCH-046)", () => {
    expect(checkValueJson({ encode: valueToJson, decode: valueFromJson })).toBe(100);
    const decode: typeof valueFromJson = (type, json) => {
      const value = valueFromJson(type, json);
      return type.kind === "struct" && Object.keys(value as object).length > 2 ? ({} as Value) : value;
    };
    expect(() => checkValueJson({ encode: valueToJson, decode }, MANY)).toThrow(/comes back/);
  });

  test("checkValueOrder() holds here, fails text by UTF-16 units (PRT-059)", () => {
    expect(checkValueOrder({ compare: compareValues })).toBe(100);
    const units = (a: PrimitiveValue, b: PrimitiveValue) => (a < b ? -1 : a > b ? 1 : 0);
    const compare: typeof compareValues = (type) => (type.kind === "string" ? units : compareValues(type));
    expect(() => checkValueOrder({ compare }, MANY)).toThrow(/compares as/);
  });

  test("checkTruncatedBounds() holds here, fails a prefix as upper bound (MAN-068)", () => {
    expect(checkTruncatedBounds({ lower: truncateLowerBound, upper: truncateUpperBound })).toBe(100);
    expect(() =>
      checkTruncatedBounds({ lower: truncateLowerBound, upper: truncateLowerBound }, MANY),
    ).toThrow(/is below/);
  });

  test("checkTransforms() holds here, fails rounding towards zero (PRT-001)", () => {
    const apply = (...[transform, type, value]: Parameters<Parameters<typeof checkTransforms>[0]["apply"]>) =>
      applyTransform(transform, type)(value);
    expect(checkTransforms({ apply })).toBe(100);
    const towardsZero: typeof apply = (transform, type, value) =>
      transform.kind === "truncate" && typeof value === "bigint"
        ? value - (value % BigInt(transform.width))
        : apply(transform, type, value);
    expect(() => checkTransforms({ apply: towardsZero }, MANY)).toThrow(/off by/);
  });
});

describe("laws of schemas and specs", () => {
  test("checkSchemaJson() holds here, fails lost identifier fields (SCH-023)", () => {
    expect(checkSchemaJson({ encode: schemaToJson, decode: schemaFromJson })).toBe(100);
    const decode: typeof schemaFromJson = (json) => {
      const schema = schemaFromJson(json);
      return new Schema(schema.fields, { schemaId: schema.schemaId });
    };
    expect(() => checkSchemaJson({ encode: schemaToJson, decode }, MANY)).toThrow(/comes back/);
  });

  const evolve = (schema: Schema, lastColumnId: number, changes: readonly SchemaChange[]) => {
    const update = new SchemaUpdate(schema, { formatVersion: 3, lastColumnId });
    for (const change of changes) allowed(() => applySchemaChange(update, change));
    const next = allowed(() => update.apply());
    return next && { schema: next, lastColumnId: update.lastColumnId };
  };

  test("checkSchemaEvolution() holds here, fails ids counted from the schema's highest (SCH-016)", () => {
    expect(checkSchemaEvolution({ evolve })).toBe(100);
    const fromHighest: typeof evolve = (schema, lastColumnId, changes) => {
      const next = evolve(schema, 0, changes);
      return next && { ...next, lastColumnId: Math.max(next.lastColumnId, lastColumnId) };
    };
    expect(() => checkSchemaEvolution({ evolve: fromHighest }, MANY)).toThrow(/the new id|came back/);
  });

  type SpecTable = Parameters<Parameters<typeof checkSpecEvolution>[0]["evolve"]>[0];
  const evolveSpec = (table: SpecTable, changes: readonly SpecChange[]) => {
    const update = new SpecUpdate(table.specs.at(-1)!, table);
    for (const change of changes) allowed(() => applySpecChange(update, change));
    const spec = allowed(() => update.apply());
    const last = Math.max(table.lastPartitionId, ...(spec?.fields ?? []).map(({ fieldId }) => fieldId));
    return spec && { spec, lastPartitionId: last };
  };

  test("checkSpecEvolution() holds here, fails derivations that come back with a new id (PRT-028)", () => {
    expect(checkSpecEvolution({ evolve: evolveSpec })).toBe(100);
    const forgetful: typeof evolveSpec = (table, changes) =>
      evolveSpec({ ...table, specs: table.specs.slice(-1) }, changes);
    expect(() => checkSpecEvolution({ evolve: forgetful }, MANY)).toThrow(/new id/);
  });
});

describe("laws of pruning", () => {
  const inclusive = (filter: Expression, spec: PartitionSpec, schema: Schema) =>
    partitionEvaluator(inclusiveProjection(bind(filter, schema), spec, schema));
  const strict = (filter: Expression, spec: PartitionSpec, schema: Schema) =>
    partitionEvaluator(strictProjection(bind(filter, schema), spec, schema));

  test("checkInclusiveProjection() holds here, fails the strict projection (SCN-009)", () => {
    expect(checkInclusiveProjection({ project: inclusive })).toBe(100);
    expect(checkInclusiveProjection({ project: inclusive }, { roundedUp: true })).toBe(100);
    expect(() => checkInclusiveProjection({ project: strict }, MANY)).toThrow(/skipped/);
  });

  test("checkStrictProjection() holds here, fails the inclusive projection (SCN-009)", () => {
    expect(checkStrictProjection({ project: strict })).toBe(100);
    expect(checkStrictProjection({ project: strict }, { roundedUp: true })).toBe(100);
    expect(() => checkStrictProjection({ project: inclusive }, MANY)).toThrow(/taken whole/);
  });

  test("checkResiduals() holds here, fails a residual that drops what the partition may match (SCN-049)", () => {
    type Residual = Parameters<typeof checkResiduals>[0]["residual"];
    const residual: Residual = (filter, spec, schema, partition) =>
      evaluator(residualEvaluator(bind(filter, schema), spec, schema)(partition));
    expect(checkResiduals({ residual })).toBe(100);
    const careless: Residual = (filter, spec, schema, partition) => () =>
      inclusive(filter, spec, schema)(partition);
    expect(() => checkResiduals({ residual: careless }, MANY)).toThrow(/the residual does not/);
  });

  test("checkManifestPruning() holds here, fails missing summaries taken for empty ones (SCN-029)", () => {
    type MayMatch = Parameters<typeof checkManifestPruning>[0]["mayMatch"];
    const ours: MayMatch = (filter, spec, schema) => {
      const projected = inclusiveProjection(bind(filter, schema), spec, schema);
      return manifestEvaluator(projected, spec.fields);
    };
    expect(checkManifestPruning({ mayMatch: ours })).toBe(100);
    const eager: MayMatch = (filter, spec, schema) => (summaries) =>
      summaries !== undefined && ours(filter, spec, schema)(summaries);
    expect(() => checkManifestPruning({ mayMatch: eager }, MANY)).toThrow(/nothing is known/);
  });

  test("checkInclusiveMetrics() and checkStrictMetrics() hold here, fail each other's evaluators (SCN-035, SCN-044)", () => {
    const mayMatch = (filter: Expression, schema: Schema) => inclusiveMetricsEvaluator(bind(filter, schema));
    const mustMatch = (filter: Expression, schema: Schema) => strictMetricsEvaluator(bind(filter, schema));
    expect(checkInclusiveMetrics({ mayMatch })).toBe(100);
    expect(checkStrictMetrics({ mustMatch })).toBe(100);
    expect(() => checkInclusiveMetrics({ mayMatch: mustMatch }, MANY)).toThrow(/skipped/);
    expect(() => checkStrictMetrics({ mustMatch: mayMatch }, MANY)).toThrow(/taken whole/);
  });
});

describe("laws of files", () => {
  const write = (manifest: ManifestCase) => writeManifest(manifest).bytes;
  type Read = Parameters<typeof checkManifestCodec>[0]["read"];
  const read: Read = (bytes, of, inherited) => {
    const manifest: ManifestFile = {
      minSequenceNumber: inherited.sequenceNumber,
      ...writeManifest(of).manifest,
      manifestPath: "m.avro",
      sequenceNumber: inherited.sequenceNumber,
      ...(inherited.firstRowId !== undefined && { firstRowId: inherited.firstRowId }),
    };
    return readManifest(bytes, { manifest, fields: partitionFields(of.spec, of.schema), what: "m.avro" });
  };

  test("checkManifestCodec() holds here, fails numbers inherited by every entry (MAN-029)", () => {
    expect(checkManifestCodec({ write, read })).toBe(100);
    const greedy: Read = (bytes, of, inherited) =>
      read(bytes, of, inherited).map((entry) => ({ ...entry, sequenceNumber: inherited.sequenceNumber }));
    expect(() => checkManifestCodec({ write, read: greedy }, MANY)).toThrow(/comes back/);
  });

  test("checkMetadataJson() holds here, fails snapshot ids through JSON.parse (MET-003)", () => {
    expect(checkMetadataJson({ print: printMetadata, parse: parseMetadata })).toBe(100);
    const parse: typeof parseMetadata = (text) => parseMetadata(JSON.stringify(JSON.parse(String(text))));
    expect(() => checkMetadataJson({ print: printMetadata, parse }, MANY)).toThrow(/Counterexample/);
  });

  test("checkUpdateCodec() holds here, fails updates in another order (RST-055)", () => {
    type Codec = Parameters<typeof checkUpdateCodec>[0];
    const updates: Codec["updates"] = (all) =>
      all.map((update) => updateFromJson(parseJson(stringifyJson(updateToJson(update)))));
    const requirements: Codec["requirements"] = (base, all) => {
      const sent = requirementsFor(base, all).map((one) =>
        requirementFromJson(parseJson(stringifyJson(requirementToJson(one)))),
      );
      checkRequirements(base, sent);
      return sent;
    };
    expect(checkUpdateCodec({ updates, requirements })).toBe(100);
    const lossy: Codec["updates"] = (all) => updates(all).slice(0, 1);
    expect(() => checkUpdateCodec({ updates: lossy, requirements }, MANY)).toThrow(
      /there the table is|Counter/,
    );
  });

  test("checkPositionsCodec() holds here, fails 32-bit positions and unchecked bytes (PUF-012)", () => {
    const encode = (positions: readonly number[]) => encodeDeletionVector(PositionBitmap.of(positions));
    const decode = (bytes: Uint8Array) => decodeDeletionVector(bytes);
    expect(checkPositionsCodec({ encode, decode, checked: true })).toBe(100);
    const narrow = (positions: readonly number[]) => encode(positions.map((each) => each % 2 ** 32));
    expect(() => checkPositionsCodec({ encode: narrow, decode }, MANY)).toThrow(/comes back/);
    const careless = (bytes: Uint8Array) => {
      try {
        return [...decode(bytes)];
      } catch {
        return [];
      }
    };
    expect(() => checkPositionsCodec({ encode, decode: careless, checked: true }, MANY)).toThrow(
      /changed byte/,
    );
  });
});

/** The result, or `undefined` when the library refuses with a typed error. */
function allowed<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isIcebergError(error, "validation-failed") || isIcebergError(error, "invalid-schema"))
      return undefined;
    throw error;
  }
}
