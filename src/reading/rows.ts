/** Row objects out of batches: the slower door. Spec: decision 2. @module */
import type { Field, Value } from "../schema/index.ts";
import { rowValueOf } from "../values/index.ts";
import type { RowBatch } from "./read-task.ts";

/**
 * The function that turns batches into rows of own members, whatever the columns are called (SCH-029): decimals as text,
 * everything else as it is held.
 */
export function rowMaker<Row>(fields: readonly Field[]): (batch: RowBatch) => Row[] {
  const columns = fields.map(({ name, type }) => {
    const convert = rowValueOf(type);
    return { name, convert: changes(type.kind) ? convert : undefined };
  });
  return ({ rowCount, columns: values }) => {
    const rows: Record<string, unknown>[] = new Array(rowCount);
    for (let at = 0; at < rowCount; at++) {
      const row: Record<string, unknown> = {};
      for (let column = 0; column < columns.length; column++) {
        const { name, convert } = columns[column]!;
        const held = values[column]![at] as Value | null;
        const value = held === null || convert === undefined ? held : convert(held);
        if (name !== "__proto__") row[name] = value;
        else
          Object.defineProperty(row, name, { value, writable: true, enumerable: true, configurable: true });
      }
      rows[at] = row;
    }
    return rows as Row[];
  };
}

/** Whether rows may show values of a type in another form than they are held. */
function changes(kind: Field["type"]["kind"]): boolean {
  return kind === "decimal" || kind === "struct" || kind === "list" || kind === "map";
}
