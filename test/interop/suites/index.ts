/** The suites the harness knows, in the order they run. @module */
import type { Suite } from "../harness/suite.ts";
import { ADAPTERS } from "./adapters.ts";
import { ALTERNATING } from "./alternating.ts";
import { DDL } from "./ddl.ts";
import { DEMO } from "./demo.ts";
import { JAVA_TABLES } from "./java-tables.ts";
import { METADATA_TABLES } from "./metadata-tables.ts";
import { OPERATIONS } from "./operations.ts";
import { PLANS } from "./plans.ts";
import { PROVISIONED } from "./provisioned.ts";
import { REST_ENGINES } from "./rest-engines.ts";
import { REST_SERVER } from "./rest-server.ts";
import { SABOTAGE } from "./sabotage.ts";
import { WRITTEN } from "./written.ts";

export const SUITES: readonly Suite[] = [
  ADAPTERS,
  SABOTAGE,
  DEMO,
  WRITTEN,
  OPERATIONS,
  METADATA_TABLES,
  PLANS,
  JAVA_TABLES,
  ALTERNATING,
  REST_SERVER,
  REST_ENGINES,
  DDL,
  PROVISIONED,
];
