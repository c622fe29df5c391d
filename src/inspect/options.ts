/** What the asynchronous metadata tables take. Spec: Point in Time Reads. @module */
import type { AbortOptions } from "../base/index.ts";
import type { ScanTime } from "../planning/index.ts";

export interface InspectOptions extends AbortOptions {
  /** The snapshot to look into. Default: the current one; a table without any gives no rows. */
  readonly at?: ScanTime;
}
