/** An HTTP server that answers as a test says, faults included, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import { type Runtime, systemRuntime } from "../../../src/io/index.ts";

export interface Asked {
  readonly method: string;
  /** As it came over the wire, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** `METHOD path`. */
  readonly line: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly body?: string | Uint8Array;
  /** `reset`: no answer, the connection breaks. `truncate`: it breaks inside the body. `hang`: never an answer. */
  readonly fault?: "reset" | "truncate" | "hang";
}

export type Answering = (asked: Asked) => Answer | Promise<Answer>;

export interface TestServer {
  readonly uri: string;
  readonly asked: Asked[];
  /** Resolves when the server has been asked for `line` once more. */
  arrival(line: string): Promise<void>;
  close(): Promise<void>;
}

export async function serve(answering: Answering): Promise<TestServer> {
  const asked: Asked[] = [];
  const waiting: { line: string; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    void read(request).then(async (seen) => {
      asked.push(seen);
      for (const { line, resolve } of waiting) if (line === seen.line) resolve();
      reply(response, await answering(seen));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    arrival: (line) => new Promise((resolve) => waiting.push({ line, resolve })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path, query = ""] = request.url!.split("?");
  return {
    method: request.method!,
    path: path!,
    query: new URLSearchParams(query),
    headers: request.headers as Record<string, string | undefined>,
    body: Buffer.concat(chunks).toString("utf8"),
    line: `${request.method} ${path}`,
  };
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer.fault === "hang") return;
  if (answer.fault === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  const body = answer.body ?? (answer.json === undefined ? "" : stringifyJson(answer.json));
  const bytes = Buffer.from(body as string);
  response.writeHead(answer.status ?? 200, {
    ...(answer.json !== undefined && { "content-type": "application/json" }),
    ...(bytes.length > 0 && { "content-length": String(bytes.length) }),
    ...answer.headers,
  });
  if (answer.fault !== "truncate") {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.resetAndDestroy());
}

/** What a client sent as JSON, 64-bit integers exact. */
export function sentJson(asked: Asked | undefined): Json {
  return parseJson(asked?.body ?? "");
}

/** An error body of the protocol. */
export function errorAnswer(status: number, type: string, message = "no"): Answer {
  return { status, json: { error: { message, type, code: status } } };
}

export interface FakeRuntime extends Runtime {
  readonly waits: number[];
  pass(ms: number): void;
  /** What happens as soon as somebody sleeps. */
  onSleep: () => void;
}

/** A clock that only `sleep` and `pass` move; the waits are recorded. */
export function fakeRuntime(): FakeRuntime {
  let now = Date.UTC(2025, 0, 1);
  const waits: number[] = [];
  const runtime: FakeRuntime = {
    ...systemRuntime,
    waits,
    now: () => now,
    random: () => 0,
    pass: (ms) => {
      now += ms;
    },
    onSleep: () => undefined,
    sleep: async (ms, options) => {
      runtime.onSleep();
      options?.signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
  return runtime;
}
