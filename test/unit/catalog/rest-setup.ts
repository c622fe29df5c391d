/** Servers and catalogs for the tests of the REST client. */
import { onTestFinished } from "vitest";
import type { JsonObject } from "../../../src/base/index.ts";
import {
  MemoryCatalogClient,
  openRestCatalog,
  type RestCatalogClient,
  type RestCatalogOptions,
} from "../../../src/catalog/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import {
  type Answer,
  type Answering,
  type Asked,
  fakeRuntime,
  serve,
  type TestServer,
} from "./rest-fixture.ts";
import { restService } from "./rest-service.ts";

/** A server that lives as long as the test. */
export async function start(answering: Answering): Promise<TestServer> {
  const server = await serve(answering);
  onTestFinished(() => server.close());
  return server;
}

/** Says for one request what to do instead of, or after, serving it. `undefined`: serve it. */
export type Fault = (
  asked: Asked,
  serving: () => Promise<Answer>,
) => Promise<Answer | undefined> | Answer | undefined;

export interface World {
  readonly server: TestServer;
  readonly memory: MemoryCatalogClient;
  readonly io: MemoryFileIO;
  readonly runtime: ReturnType<typeof fakeRuntime>;
  readonly rest: RestCatalogClient;
  /** From now on requests pass through this. */
  fault: Fault | undefined;
}

/** A REST catalog over one in memory, with the client that speaks to it. */
export async function world(
  config: JsonObject = { defaults: {}, overrides: {} },
  options: Partial<RestCatalogOptions> = {},
): Promise<World> {
  const runtime = fakeRuntime();
  const io = new MemoryFileIO();
  const memory = new MemoryCatalogClient({ io });
  const service = restService(memory, config);
  const parts: { fault: Fault | undefined } = { fault: undefined };
  const server = await start(async (asked) => {
    const serving = async () => await service(asked);
    return (await parts.fault?.(asked, serving)) ?? (await serving());
  });
  const rest = await openRestCatalog({ uri: server.uri, io, runtime, ...options });
  return Object.assign(parts, { server, memory, io, runtime, rest });
}

/** The fault for the first `times` requests of one kind. */
export function first(times: number, method: string, fault: Fault): Fault {
  let left = times;
  return (asked, serving) => (asked.method === method && left-- > 0 ? fault(asked, serving) : undefined);
}
