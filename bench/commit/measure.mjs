/** Figures that the parts of the commit benchmark share. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";

/** The value below which `share` of the values lie; 1 is the greatest. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export const median = (values) => percentile(values, 0.5);

/** Where tables go: `BENCH_DIR`, else a file system in memory, so that the disk's sync is no part of the figures. */
export function scratch() {
  return process.env.BENCH_DIR ?? (existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
}

/** A hundred rows of commit number `at`. */
export function rowsOf(at, length = 100) {
  return Array.from({ length }, (_, row) => ({
    id: BigInt(at * length + row),
    name: `name ${row % 17}`,
    ts: BigInt(1_700_000_000_000_000 + at * 1_000_000 + row),
    value: row / 7,
  }));
}
