/** The table of verbs: a new verb is a file here and a line in this list. Spec: none. @module */
import type { Verb } from "../verb.ts";
import { demo } from "./demo.ts";
import { describe } from "./describe.ts";
import { ingest } from "./ingest.ts";
import { plan } from "./plan.ts";
import { scan } from "./scan.ts";

/** In the order of the help. */
export const VERBS: readonly Verb[] = [demo, ingest, scan, plan, describe];
