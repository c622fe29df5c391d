/** The writer's schema of an Avro file, parsed to a graph with field ids and names resolved. Spec: App. A Avro. @module */
import { IcebergError, isJsonObject, type Json, type JsonObject } from "../base/index.ts";

export type AvroPrimitiveKind = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";

/** What a `logicalType` says beside the physical type; unknown ones are kept and ignored. */
export interface AvroLogical {
  readonly logicalType?: string;
}
export interface AvroPrimitive extends AvroLogical {
  readonly kind: AvroPrimitiveKind;
}
export interface AvroFixed extends AvroLogical {
  readonly kind: "fixed";
  readonly name: string;
  readonly size: number;
}
export interface AvroEnum {
  readonly kind: "enum";
  readonly name: string;
  readonly symbols: readonly string[];
}
export interface AvroArray extends AvroLogical {
  readonly kind: "array";
  readonly items: AvroType;
  readonly elementId?: number;
}
export interface AvroMap {
  readonly kind: "map";
  readonly values: AvroType;
  readonly keyId?: number;
  readonly valueId?: number;
}
export interface AvroField {
  readonly name: string;
  /** Iceberg's `field-id`; absent in very old files (MAN-064). */
  readonly id?: number;
  readonly type: AvroType;
}
export interface AvroRecord {
  readonly kind: "record";
  readonly name: string;
  readonly fields: readonly AvroField[];
}
export interface AvroUnion {
  readonly kind: "union";
  readonly branches: readonly AvroType[];
}
export type AvroType = AvroPrimitive | AvroFixed | AvroEnum | AvroArray | AvroMap | AvroRecord | AvroUnion;

/** Deepest nesting accepted, references to named types included: readers are built by recursion. */
export const MAX_TYPE_DEPTH = 100;

/** Largest `fixed` accepted: no Iceberg type comes near it. */
const MAX_FIXED_SIZE = 2 ** 24;

const PRIMITIVES: ReadonlySet<string> = new Set([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);

/**
 * Parses a schema. Names are not held to Avro's ASCII rule, because Java does not hold them to it (MAN-058).
 * @throws IcebergError `corrupt-file` when it is no Avro schema, `unsupported` when a record contains itself
 *   (Iceberg has no recursive types).
 */
export function parseAvroSchema(json: Json, what: string): AvroType {
  return new SchemaParser(what).type(json, "");
}

class SchemaParser {
  private readonly what: string;
  /** Named types by full name; `undefined` while a record is being read, to notice recursion. */
  private readonly named = new Map<string, AvroType | undefined>();
  private readonly depths = new Map<AvroType, number>();

  constructor(what: string) {
    this.what = what;
  }

  type(json: Json | undefined, namespace: string): AvroType {
    const type = this.any(json, namespace);
    if (!this.depths.has(type)) {
      const depth = 1 + Math.max(0, ...partsOf(type).map((part) => this.depths.get(part) ?? 1));
      if (depth > MAX_TYPE_DEPTH) this.fail(`types nested deeper than ${MAX_TYPE_DEPTH}`);
      this.depths.set(type, depth);
    }
    return type;
  }

  private any(json: Json | undefined, namespace: string): AvroType {
    if (typeof json === "string") {
      return PRIMITIVES.has(json) ? { kind: json as AvroPrimitiveKind } : this.reference(json, namespace);
    }
    if (Array.isArray(json)) {
      const branches = (json as readonly Json[]).map((branch) => this.type(branch, namespace));
      if (branches.length === 0) this.fail("a union without branches");
      return { kind: "union", branches };
    }
    if (!isJsonObject(json)) return this.fail(`${JSON.stringify(json) ?? "nothing"} in place of a type`);
    return this.complex(json, namespace);
  }

  private fail(why: string): never {
    throw new IcebergError("corrupt-file", `Cannot read the Avro schema of ${this.what}: it has ${why}`, {
      context: { what: this.what },
    });
  }

  private reference(name: string, namespace: string): AvroType {
    const qualified = name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
    const full = this.named.has(qualified) ? qualified : name;
    const type = this.named.get(full);
    if (type !== undefined) return type;
    if (!this.named.has(full)) this.fail(`the unknown type ${JSON.stringify(name)}`);
    throw new IcebergError(
      "unsupported",
      `Cannot read the Avro schema of ${this.what}: record ${name} contains itself`,
      { context: { what: this.what, name } },
    );
  }

  private complex(json: JsonObject, namespace: string): AvroType {
    const logical = typeof json.logicalType === "string" ? { logicalType: json.logicalType } : {};
    switch (json.type) {
      case "record":
      case "error":
        return this.record(json, namespace);
      case "fixed": {
        const size = json.size;
        if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > MAX_FIXED_SIZE) {
          return this.fail(`a fixed of size ${String(size)}`);
        }
        const { name } = this.names(json, namespace);
        return this.define(name, { kind: "fixed", name, size, ...logical });
      }
      case "enum": {
        const symbols = json.symbols;
        if (!Array.isArray(symbols) || !symbols.every((symbol) => typeof symbol === "string")) {
          return this.fail("an enum without symbols");
        }
        const { name } = this.names(json, namespace);
        return this.define(name, { kind: "enum", name, symbols: symbols as string[] });
      }
      case "array":
        return {
          kind: "array",
          items: this.type(json.items, namespace),
          ...optionalId("elementId", json["element-id"]),
          ...logical,
        };
      case "map":
        return {
          kind: "map",
          values: this.type(json.values, namespace),
          ...optionalId("keyId", json["key-id"]),
          ...optionalId("valueId", json["value-id"]),
        };
      default: {
        const type = this.type(json.type, namespace);
        return PRIMITIVES.has(type.kind) ? { ...type, ...logical } : type;
      }
    }
  }

  private record(json: JsonObject, namespace: string): AvroRecord {
    const names = this.names(json, namespace);
    this.define(names.name, undefined);
    if (!Array.isArray(json.fields)) return this.fail(`record ${names.name} without fields`);
    const fields = (json.fields as readonly Json[]).map((field): AvroField => {
      if (!isJsonObject(field) || typeof field.name !== "string") {
        return this.fail(`a field without a name in record ${names.name}`);
      }
      return {
        name: typeof field["iceberg-field-name"] === "string" ? field["iceberg-field-name"] : field.name,
        ...optionalId("id", field["field-id"]),
        type: this.type(field.type, names.namespace),
      };
    });
    const record: AvroRecord = { kind: "record", name: names.name, fields };
    this.named.set(names.name, record);
    return record;
  }

  private names(json: JsonObject, enclosing: string): { name: string; namespace: string } {
    if (typeof json.name !== "string") return this.fail(`a ${String(json.type)} without a name`);
    if (json.name.includes(".")) {
      return { name: json.name, namespace: json.name.slice(0, json.name.lastIndexOf(".")) };
    }
    const namespace = typeof json.namespace === "string" ? json.namespace : enclosing;
    return { name: namespace === "" ? json.name : `${namespace}.${json.name}`, namespace };
  }

  /** Remembers a named type. A second definition is tolerated: old writers repeat them; the latest counts. */
  private define<T extends AvroType | undefined>(name: string, type: T): T {
    this.named.set(name, type);
    return type;
  }
}

function partsOf(type: AvroType): readonly AvroType[] {
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => field.type);
    case "union":
      return type.branches;
    case "array":
      return [type.items];
    case "map":
      return [type.values];
    default:
      return [];
  }
}

function optionalId<K extends string>(key: K, json: Json | undefined): { readonly [P in K]?: number } {
  return typeof json === "number" && Number.isInteger(json) ? ({ [key]: json } as Record<K, number>) : {};
}
