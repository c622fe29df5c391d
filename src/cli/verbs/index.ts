/** The table of verbs: a new verb is a file here and a line in this list. Spec: none. @module */
import type { Verb } from "../verb.ts";
import { append } from "./append.ts";
import { bench } from "./bench.ts";
import { completionOf } from "./completion.ts";
import { create } from "./create.ts";
import { demo } from "./demo.ts";
import { describe } from "./describe.ts";
import { expire } from "./expire.ts";
import { files } from "./files.ts";
import { history } from "./history.ts";
import { ingest } from "./ingest.ts";
import { manifests } from "./manifests.ts";
import { partitions } from "./partitions.ts";
import { plan } from "./plan.ts";
import { properties } from "./properties.ts";
import { refs } from "./refs.ts";
import { sample } from "./sample.ts";
import { scan } from "./scan.ts";
import { snapshots } from "./snapshots.ts";

/** In the order of the help. */
export const VERBS: readonly Verb[] = [
  demo,
  ingest,
  create,
  append,
  scan,
  plan,
  describe,
  snapshots,
  history,
  files,
  manifests,
  partitions,
  refs,
  properties,
  expire,
  bench,
  sample,
  completionOf(() => VERBS),
];
