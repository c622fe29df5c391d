/**
 * Iceberg schemas as Arrow's and back. Field ids travel as `PARQUET:field_id`, as PyArrow has them (PAR-043). Spec:
 * Arrow columnar format, Logical Types; PAR-044, PAR-045.
 * @module
 */
import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Type as ArrowTypeId,
  Binary,
  Bool,
  type DataType,
  DateDay,
  DateUnit,
  Decimal,
  FixedSizeBinary,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  Map_,
  Null,
  Precision,
  Struct,
  TimeMicrosecond,
  Timestamp,
  TimeUnit,
  Utf8,
} from "apache-arrow";
import { IcebergError } from "../base/index.ts";
import { type Field, Schema, simpleType, type Type } from "../schema/index.ts";

/** Key of a field's id in Arrow's metadata. */
const FIELD_ID = "PARQUET:field_id";
const DOC = "doc";

/**
 * The Arrow schema of columns: of a scan's `fields`, or of a table's `schema.fields`. uuid and fixed are fixed-size
 * binary, geometry and geography binary, a variant is a struct of its two encoded parts, `unknown` is null.
 */
export function arrowSchema(fields: readonly Field[]): ArrowSchema {
  return new ArrowSchema(fields.map(arrowField));
}

function arrowField(field: Field): ArrowField {
  const metadata = new Map([[FIELD_ID, String(field.id)]]);
  if (field.doc !== undefined) metadata.set(DOC, field.doc);
  if (field.type.kind === "uuid") metadata.set("ARROW:extension:name", "arrow.uuid");
  return new ArrowField(field.name, arrowType(field.type), !field.required, metadata);
}

function arrowType(type: Type): DataType {
  switch (type.kind) {
    case "boolean":
      return new Bool();
    case "int":
      return new Int32();
    case "long":
      return new Int64();
    case "float":
      return new Float32();
    case "double":
      return new Float64();
    case "decimal":
      return new Decimal(type.scale, type.precision, 128);
    case "date":
      return new DateDay();
    case "time":
      return new TimeMicrosecond();
    case "timestamp":
      return new Timestamp(TimeUnit.MICROSECOND, null);
    case "timestamptz":
      return new Timestamp(TimeUnit.MICROSECOND, "UTC");
    case "timestamp_ns":
      return new Timestamp(TimeUnit.NANOSECOND, null);
    case "timestamptz_ns":
      return new Timestamp(TimeUnit.NANOSECOND, "UTC");
    case "string":
      return new Utf8();
    case "uuid":
      return new FixedSizeBinary(16);
    case "fixed":
      return new FixedSizeBinary(type.length);
    case "binary":
    case "geometry":
    case "geography":
      return new Binary();
    case "struct":
      return new Struct(type.fields.map(arrowField));
    case "list":
      return new List(
        arrowField({
          id: type.elementId,
          name: "element",
          required: type.elementRequired,
          type: type.element,
        }),
      );
    case "map": {
      const key = arrowField({ id: type.keyId, name: "key", required: true, type: type.key });
      const value = arrowField({
        id: type.valueId,
        name: "value",
        required: type.valueRequired,
        type: type.value,
      });
      const entries = new Struct<{ key: DataType; value: DataType }>([key, value]);
      return new Map_(new ArrowField("key_value", entries, false));
    }
    case "variant":
      return new Struct([
        new ArrowField("metadata", new Binary(), false),
        new ArrowField("value", new Binary(), false),
      ]);
    case "unknown":
      return new Null();
  }
}

/**
 * The Iceberg schema of an Arrow schema: ids from its metadata where every field has one, else counted from 1. Small
 * integers widen to int, unsigned 32-bit ones to long; seconds and milliseconds become microseconds; a zone must be UTC.
 * @throws IcebergError `invalid-schema` naming the column and its type when no Iceberg type takes it.
 */
export function schemaOfArrow(schema: ArrowSchema): Schema {
  let last = 0;
  const hasIds = everyField(schema.fields, (field) => /^\d+$/.test(field.metadata.get(FIELD_ID) ?? ""));
  const idOf = (field: ArrowField): number => (hasIds ? Number(field.metadata.get(FIELD_ID)) : ++last);
  const icebergFields = (fields: readonly ArrowField[], path: string): readonly Field[] => {
    // Ids of a level first, then those of its children, as Iceberg numbers them.
    const ids = fields.map(idOf);
    return fields.map((field, at): Field => {
      const doc = field.metadata.get(DOC);
      return {
        id: ids[at]!,
        name: field.name,
        required: !field.nullable,
        type: icebergType(field, `${path}${field.name}`),
        ...(doc !== undefined && { doc }),
      };
    });
  };
  const icebergType = (field: ArrowField, path: string): Type => {
    const { type } = field;
    switch (type.typeId) {
      case ArrowTypeId.Struct:
        return { kind: "struct", fields: icebergFields(type.children, `${path}.`) };
      case ArrowTypeId.List:
      case ArrowTypeId.LargeList:
      case ArrowTypeId.FixedSizeList: {
        const [element] = icebergFields(type.children, `${path}.`);
        return {
          kind: "list",
          elementId: element!.id,
          elementRequired: element!.required,
          element: element!.type,
        };
      }
      case ArrowTypeId.Map: {
        const [key, value] = icebergFields(type.children[0]!.type.children, `${path}.`);
        return {
          kind: "map",
          keyId: key!.id,
          key: key!.type,
          valueId: value!.id,
          valueRequired: value!.required,
          value: value!.type,
        };
      }
      default:
        return primitiveOf(field, type, path);
    }
  };
  return new Schema(icebergFields(schema.fields, ""));
}

function everyField(fields: readonly ArrowField[], test: (field: ArrowField) => boolean): boolean {
  return fields.every((field) => {
    // The entries of a map are no field of Iceberg's.
    const children =
      field.typeId === ArrowTypeId.Map ? field.type.children[0].type.children : field.type.children;
    return test(field) && everyField(children ?? [], test);
  });
}

/** Members of Arrow's types; which there are follows from `typeId`. */
interface TypeFacts {
  readonly typeId: number;
  readonly bitWidth: number;
  readonly isSigned: boolean;
  readonly precision: number;
  readonly scale: number;
  readonly unit: number;
  readonly timezone?: string | null;
  readonly byteWidth: number;
  readonly dictionary: DataType;
}

function primitiveOf(field: ArrowField, arrow: DataType, path: string): Type {
  const type = arrow as unknown as TypeFacts;
  const refuse = (why = "no Iceberg type takes it"): never => {
    throw new IcebergError(
      "invalid-schema",
      `Cannot make a column of ${path}: it is of Arrow's type ${arrow}, ${why}`,
      {
        context: { column: path },
      },
    );
  };
  switch (type.typeId) {
    case ArrowTypeId.Null:
      return simpleType("unknown");
    case ArrowTypeId.Bool:
      return simpleType("boolean");
    case ArrowTypeId.Int:
      if (type.bitWidth === 64) return type.isSigned ? simpleType("long") : refuse();
      return simpleType(type.bitWidth === 32 && !type.isSigned ? "long" : "int");
    case ArrowTypeId.Float:
      return simpleType(type.precision === Precision.DOUBLE ? "double" : "float");
    case ArrowTypeId.Decimal:
      return type.precision > 38
        ? refuse("decimals have at most 38 digits")
        : { kind: "decimal", precision: type.precision, scale: type.scale };
    case ArrowTypeId.Date:
      return type.unit === DateUnit.DAY ? simpleType("date") : refuse("only dates in days are columns");
    case ArrowTypeId.Time:
      return simpleType("time");
    case ArrowTypeId.Timestamp: {
      const zone = type.timezone ?? "";
      if (zone !== "" && !UTC_NAMES.has(zone)) refuse("only UTC is a zone of columns");
      const suffix = type.unit === TimeUnit.NANOSECOND ? "_ns" : "";
      return simpleType(`timestamp${zone === "" ? "" : "tz"}${suffix}` as "timestamp");
    }
    case ArrowTypeId.Utf8:
    case ArrowTypeId.LargeUtf8:
    case ArrowTypeId.Utf8View:
      return simpleType("string");
    case ArrowTypeId.Binary:
    case ArrowTypeId.LargeBinary:
    case ArrowTypeId.BinaryView:
      return simpleType("binary");
    case ArrowTypeId.FixedSizeBinary:
      return field.metadata.get("ARROW:extension:name") === "arrow.uuid" && type.byteWidth === 16
        ? simpleType("uuid")
        : { kind: "fixed", length: type.byteWidth };
    case ArrowTypeId.Dictionary:
      return primitiveOf(field, type.dictionary, path);
    default:
      return refuse();
  }
}

/** Spellings of the one zone (PAR-045). */
const UTC_NAMES: ReadonlySet<string> = new Set(["UTC", "+00:00", "Etc/UTC", "Z", "utc"]);
