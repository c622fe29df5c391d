/** Who and what the sample traces are about: invented tenants, workloads, models. @module */

/** A tenant and the service that sends its spans. */
export interface SampleOrganization {
  readonly id: string;
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
}

/** A multi-agent workload: nodes run one after the other, those with a model call it, those with a host fetch. */
export interface SampleWorkload {
  readonly name: string;
  readonly topics: readonly [string, ...string[]];
  readonly nodes: readonly SampleNode[];
}
export interface SampleNode {
  readonly name: string;
  readonly role: string;
  readonly kind: "llm" | "tool" | "plain";
  /** Host that a tool node calls over HTTP. */
  readonly host?: string;
}

export interface SampleModel {
  readonly vendor: string;
  readonly name: string;
  /** Name the provider answers with. */
  readonly served: string;
}

export const SAMPLE_ORGANIZATIONS: readonly SampleOrganization[] = Object.freeze([
  { id: "org_aurora", namespace: "Aurora Foods", service: "menu-planner", environment: "production" },
  { id: "org_birch", namespace: "Birch & Sons", service: "claims-desk", environment: "production" },
  { id: "org_cygnus", namespace: "Cygnus Bahnen", service: "fahrplan-assistent", environment: "staging" },
  { id: "org_delta", namespace: "Delta Clinic", service: "intake-agent", environment: "production" },
]);

export const SAMPLE_WORKLOADS: readonly [SampleWorkload, ...SampleWorkload[]] = [
  {
    name: "ResearchBrief",
    topics: ["winter menus", "heat pumps in old houses", "naïve Bayes for e-mail", "Zürich tram delays"],
    nodes: [
      { name: "planner", role: "planner", kind: "llm" },
      { name: "search", role: "tool", kind: "tool", host: "search.example.com" },
      { name: "writer", role: "writer", kind: "llm" },
      { name: "critic", role: "critic", kind: "llm" },
      { name: "publish", role: "finalizer", kind: "plain" },
    ],
  },
  {
    name: "TicketTriage",
    topics: ["refund for order 1187", "door will not close", "login loop", "Rechnung doppelt erhalten"],
    nodes: [
      { name: "classify", role: "router", kind: "llm" },
      { name: "lookup_customer", role: "tool", kind: "tool", host: "crm.example.com" },
      { name: "draft_reply", role: "writer", kind: "llm" },
    ],
  },
  {
    name: "NightlyReport",
    topics: ["sales by region", "sensor outages", "waiting times ☃"],
    nodes: [
      { name: "load", role: "tool", kind: "tool", host: "warehouse.example.com" },
      { name: "summarise", role: "writer", kind: "llm" },
      { name: "send", role: "finalizer", kind: "plain" },
    ],
  },
];

export const SAMPLE_MODELS: readonly [SampleModel, ...SampleModel[]] = [
  { vendor: "openai", name: "gpt-4o", served: "gpt-4o-2024-08-06" },
  { vendor: "openai", name: "gpt-4o-mini", served: "gpt-4o-mini-2024-07-18" },
  { vendor: "anthropic", name: "claude-sonnet-4", served: "claude-sonnet-4-20250514" },
  { vendor: "mistral", name: "mistral-large", served: "mistral-large-2411" },
];

export const SAMPLE_FAILURES: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ["RateLimitError", "429: rate limit reached, retry in 12 s"],
  ["ValidationError", "answer is not valid JSON: expected ',' at line 3"],
  ["TimeoutError", "no answer within 30 s"],
];
