/** The suites the harness knows, in the order they run. @module */
import type { Suite } from "../harness/suite.ts";
import { ADAPTERS } from "./adapters.ts";
import { DEMO } from "./demo.ts";
import { WRITTEN } from "./written.ts";

export const SUITES: readonly Suite[] = [ADAPTERS, DEMO, WRITTEN];
