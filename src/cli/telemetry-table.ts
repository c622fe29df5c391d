/** Finding or making the tables telemetry goes to. Spec: none. @module */
import { IcebergError, isIcebergError } from "../base/index.ts";
import type { Schema } from "../schema/index.ts";
import type { Catalog, Table } from "../table/index.ts";
import type { TelemetryTable, TelemetryTimestampType } from "../telemetry/index.ts";
import type { Signal } from "./signals.ts";
import type { CliContext } from "./verb.ts";

/** The table of a signal as it is, or as it will be. */
export interface TelemetryTarget {
  /** `namespace.trace_events`. */
  readonly name: string;
  readonly definition: TelemetryTable<Schema>;
  readonly timestampType: TelemetryTimestampType;
  /** Absent: it does not exist yet. */
  readonly table?: Table;
}

/**
 * Looks for the table of a signal and checks that rows fit it; its type of `event_timestamp` decides how they are
 * made.
 * @throws IcebergError `invalid-schema` for a table of that name that is something else.
 */
export async function telemetryTarget(
  catalog: Catalog,
  namespace: string,
  signal: Signal,
  context: CliContext,
): Promise<TelemetryTarget> {
  const name = `${namespace}.${signal.define({}).name}`;
  const table = await existing(catalog, name, context);
  if (table === undefined) return { name, definition: signal.define({}), timestampType: "timestamptz" };
  const found = table.schema.fields.find((field) => field.name === "event_timestamp")?.type.kind;
  const timestampType = TIMESTAMP_TYPES.find((type) => type === found) ?? "timestamptz";
  const definition = signal.define({ timestampType });
  try {
    return { name, definition, timestampType, table: checked(table, definition.schema) };
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error;
    throw new IcebergError(error.code, `Cannot ingest into ${name}: ${error.message}`, {
      context: {
        ...error.context,
        hint: `it is no ${definition.name} table; choose another --namespace or --warehouse`,
      },
      cause: error,
    });
  }
}

const TIMESTAMP_TYPES: readonly TelemetryTimestampType[] = ["timestamptz", "timestamp", "timestamptz_ns"];

/** Creates a telemetry table, and its namespace, with partitions, sort order and properties. */
export async function createTelemetryTable(
  catalog: Catalog,
  name: string,
  { schema, options }: TelemetryTable<Schema>,
  { signal }: CliContext,
  properties: Readonly<Record<string, string>> = {},
): Promise<Table> {
  await catalog.ensureNamespace(name.slice(0, name.lastIndexOf(".")), { signal });
  return await catalog.createTable(name, schema, {
    ...options,
    properties: { ...options.properties, ...properties },
    signal,
  });
}

async function existing(catalog: Catalog, name: string, { signal }: CliContext): Promise<Table | undefined> {
  try {
    return await catalog.loadTable(name, { signal });
  } catch (error) {
    if (isIcebergError(error, "no-such-table") || isIcebergError(error, "no-such-namespace")) {
      return undefined;
    }
    throw error;
  }
}

function checked(table: Table, schema: Schema): Table {
  table.as(schema);
  return table;
}
