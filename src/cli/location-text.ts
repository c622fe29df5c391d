/** File locations for people. Spec: none. @module */
import type { Table } from "../table/index.ts";

/** A location from the table's own folder on, where it lies in it. */
export function shortPath(location: string, table: Pick<Table, "location">): string {
  return location.startsWith(`${table.location}/`) ? location.slice(table.location.length + 1) : location;
}
