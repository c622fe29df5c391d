/** OTLP/JSON text to a document, and the messages every signal shares. Spec: OTLP JSON Protobuf Encoding. @module */
import {
  IcebergError,
  isIcebergError,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
} from "../base/index.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { type AnyValue, type KeyValue, MAX_VALUE_DEPTH, type Resource, type Scope } from "./model.ts";

/**
 * The document of a request body, with integers exact.
 * @throws IcebergError `invalid-payload` when the bytes are not UTF-8 or the text is not JSON, naming the offset.
 */
export function parseDocument(bytes: Uint8Array, what: string): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new IcebergError(
      "invalid-payload",
      `Cannot decode ${what}: the ${bytes.length} bytes are not UTF-8`,
      {
        cause,
        context: { what },
      },
    );
  }
  // The engine's own parser is several times faster but rounds integers past 2^53-1 (16 digits and more).
  if (!LONG_NUMBER.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // The exact parser below finds the fault again and knows its offset.
    }
  }
  try {
    return parseJson(text, what);
  } catch (error) {
    if (!isIcebergError(error)) throw error;
    throw new IcebergError("invalid-payload", error.message, { cause: error, context: error.context });
  }
}

/** `attributes` and its kin: a repeated KeyValue. */
export function jsonKeyValues(cursor: JsonCursor, parent: JsonObject, key: string, depth = 0): KeyValue[] {
  return cursor.objects(parent, key, (entry) => ({
    key: cursor.string(entry, "key"),
    value: cursor.object<AnyValue>(entry, "value", (value) => jsonAnyValue(cursor, value, depth), null),
  }));
}

/** An AnyValue object: its first known member that is not null, else the empty value. */
export function jsonAnyValue(cursor: JsonCursor, value: JsonObject, depth = 0): AnyValue {
  if (present(value.stringValue)) return cursor.string(value, "stringValue");
  if (present(value.intValue)) return cursor.int64(value, "intValue");
  if (present(value.boolValue)) return cursor.bool(value, "boolValue");
  if (present(value.doubleValue)) return cursor.double(value, "doubleValue");
  if (present(value.arrayValue)) {
    return cursor.object<AnyValue>(value, "arrayValue", (array) => jsonArray(cursor, array, depth + 1), null);
  }
  if (present(value.kvlistValue)) {
    return cursor.object<AnyValue>(
      value,
      "kvlistValue",
      (list) => {
        checkDepth(cursor, depth + 1);
        return { keyValues: jsonKeyValues(cursor, list, "values", depth + 1) };
      },
      null,
    );
  }
  if (present(value.bytesValue)) return cursor.base64(value, "bytesValue");
  return null;
}

export function jsonResource(cursor: JsonCursor, value: JsonObject): Resource {
  return {
    attributes: jsonKeyValues(cursor, value, "attributes"),
    droppedAttributesCount: cursor.uint32(value, "droppedAttributesCount"),
  };
}

export function jsonScope(cursor: JsonCursor, value: JsonObject): Scope {
  return {
    name: cursor.string(value, "name"),
    version: cursor.string(value, "version"),
    attributes: jsonKeyValues(cursor, value, "attributes"),
    droppedAttributesCount: cursor.uint32(value, "droppedAttributesCount"),
  };
}

function jsonArray(cursor: JsonCursor, value: JsonObject, depth: number): AnyValue[] {
  checkDepth(cursor, depth);
  return cursor.list<AnyValue>(value, "values", (item) => {
    if (item === null) return null;
    if (!isJsonObject(item)) return cursor.fail("is not an AnyValue object");
    return jsonAnyValue(cursor, item, depth);
  });
}

function checkDepth(cursor: JsonCursor, depth: number): void {
  if (depth > MAX_VALUE_DEPTH) cursor.fail(`is nested deeper than ${MAX_VALUE_DEPTH}`);
}

function present(member: Json | undefined): boolean {
  return member !== undefined && member !== null;
}

/** Sixteen digits in a row where a number can stand. A match inside a string only costs speed. */
const LONG_NUMBER = /[:[,\s]-?[0-9]{16}/;
