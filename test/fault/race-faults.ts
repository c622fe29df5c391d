/** What a race of writers must leave, as a list of what is wrong: empty when all is well. @module */
import type { Schema } from "../../src/schema/index.ts";
import type { Table } from "../../src/table/index.ts";

/** Holds a table to which writers appended one row a commit against the ids they were told are committed. */
export async function raceFaults(
  table: Table<Schema>,
  acknowledged: readonly bigint[],
): Promise<readonly string[]> {
  const faults: string[] = [];
  const seen = new Map<unknown, number>();
  for (const { id } of (await table.scan().toArray()) as { id: unknown }[]) {
    seen.set(id, (seen.get(id) ?? 0) + 1);
  }
  for (const id of acknowledged) if (!seen.has(id)) faults.push(`row ${id} was acknowledged and is lost`);
  for (const [id, times] of seen) {
    if (times > 1) faults.push(`row ${id} is there ${times} times`);
    if (!acknowledged.includes(id as bigint)) faults.push(`row ${id} is there and was not acknowledged`);
  }
  const { snapshots } = table.metadata;
  if (snapshots.length !== acknowledged.length) {
    faults.push(`${snapshots.length} snapshots for ${acknowledged.length} acknowledged commits`);
  }
  snapshots.forEach(({ sequenceNumber, parentSnapshotId, summary }, at) => {
    const name = `snapshot ${at + 1}`;
    if (sequenceNumber !== at + 1) faults.push(`${name} has sequence number ${sequenceNumber}`);
    if (parentSnapshotId !== snapshots[at - 1]?.snapshotId) faults.push(`${name} has another parent`);
    const total = summary?.get("total-records");
    if (total !== String(at + 1)) faults.push(`${name} counts ${total} rows`);
  });
  return faults;
}
