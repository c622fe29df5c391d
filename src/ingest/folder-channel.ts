/**
 * Write results as files in a folder, or below a prefix of an object store: producers create them, committers list, read
 * and delete them. No more is needed between processes that share a store.
 * @module
 */
import { type AbortOptions, type FileIO, IcebergError, isIcebergError, utf8Encode } from "../base/index.ts";
import { joinLocation, type Runtime, systemRuntime } from "../io/index.ts";
import type { Committer } from "./committer.ts";
import {
  type ResultTable,
  type WriteResult,
  writeResultFromJson,
  writeResultToJson,
} from "./write-result.ts";

const SUFFIX = ".result.json";
const REJECTED = ".rejected.json";

/** Where results wait for a committer. */
export class FolderChannel {
  private readonly io: FileIO & Required<Pick<FileIO, "list">>;
  private readonly location: string;

  /**
   * @param location The folder, used for nothing else; it need not exist.
   * @throws IcebergError `unsupported` for a store that cannot list.
   */
  constructor(io: FileIO, location: string) {
    if (io.list === undefined) {
      throw new IcebergError(
        "unsupported",
        `Cannot use ${location} as a channel: its store cannot list files`,
      );
    }
    this.io = io as FileIO & Required<Pick<FileIO, "list">>;
    this.location = location;
  }

  /**
   * Leaves a result for a committer; it is durable when this resolves. A result of the same id that waits already is
   * the same result.
   */
  async send(result: WriteResult, table: ResultTable, options: AbortOptions = {}): Promise<void> {
    const text = writeResultToJson(result, table);
    await this.io.create(this.file(result.id + SUFFIX), utf8Encode(text), options);
  }

  /** The ids of the results that wait. */
  async list(options: AbortOptions = {}): Promise<readonly string[]> {
    const ids: string[] = [];
    const folder = joinLocation(this.location, "");
    for await (const { location } of this.io.list(this.location, options)) {
      const name = location.slice(folder.length);
      if (location.startsWith(folder) && name.endsWith(SUFFIX) && !/[/]|^\./.test(name)) {
        ids.push(name.slice(0, -SUFFIX.length));
      }
    }
    return ids.sort();
  }

  /** The text of a result; `undefined` when another committer was faster. */
  async read(id: string, options: AbortOptions = {}): Promise<string | undefined> {
    try {
      return new TextDecoder().decode(await this.io.open(this.file(id + SUFFIX)).read(undefined, options));
    } catch (error) {
      if (isIcebergError(error, "no-such-file")) return undefined;
      throw error;
    }
  }

  /** Takes a result away whose files are in the table. */
  async remove(id: string): Promise<void> {
    await this.io.delete(this.file(id + SUFFIX));
  }

  /** Takes a result away that no table can take; the result and the reason stay beside it as `<id>.rejected.json`. */
  async reject(id: string, text: string, reason: string): Promise<void> {
    const note = JSON.stringify({ reason, result: text });
    await this.io.create(this.file(id + REJECTED), utf8Encode(note));
    await this.remove(id);
  }

  /** Why a result was rejected, `undefined` when it was not. */
  async rejection(id: string, options: AbortOptions = {}): Promise<string | undefined> {
    try {
      const bytes = await this.io.open(this.file(id + REJECTED)).read(undefined, options);
      return (JSON.parse(new TextDecoder().decode(bytes)) as { reason: string }).reason;
    } catch (error) {
      if (isIcebergError(error, "no-such-file")) return undefined;
      throw error;
    }
  }

  private file(name: string): string {
    return joinLocation(this.location, name);
  }
}

export interface ServeOptions extends AbortOptions {
  /** Between two looks into the folder, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** Told what goes wrong with a result or with the channel; serving goes on. */
  readonly onError?: (error: unknown, resultId?: string) => void;
  readonly runtime?: Runtime;
}

/**
 * Commits what producers leave in a channel, until the signal fires; then what was taken is settled before this
 * resolves. A result is deleted once its files are in the table; one whose commit failed or whose outcome is unknown
 * stays and is tried again; one that does not fit the table is rejected. Several committers may serve one channel.
 *
 * @example
 * await serveChannel(new Committer(table, { intervalMs: 500 }), channel, () => table.refresh(), { signal });
 * @param load The table as it is now: results may have been written under a newer schema than the last one seen.
 */
export async function serveChannel(
  committer: Pick<Committer, "submit">,
  channel: FolderChannel,
  load: () => Promise<ResultTable>,
  options: ServeOptions = {},
): Promise<void> {
  const { signal, pollMs = 1_000, onError, runtime = systemRuntime } = options;
  const taken = new Map<string, Promise<void>>();
  const report = (error: unknown, id?: string) => {
    try {
      if (!signal?.aborted) onError?.(error, id);
    } catch {
      // Serving goes on, whatever its observer thinks of it.
    }
  };
  while (!signal?.aborted) {
    try {
      const ids = (await channel.list(options)).filter((id) => !taken.has(id));
      // Loaded after the listing: then it knows every schema that a listed result was written under.
      const table = ids.length === 0 ? undefined : await load();
      for (const id of ids) {
        if (table === undefined || signal?.aborted) break;
        const result = await take(channel, id, table, options, report);
        if (result === undefined) continue;
        const serving = serveOne(committer, channel, result, options, report).finally(() => taken.delete(id));
        taken.set(id, serving);
      }
    } catch (error) {
      report(error);
    }
    await runtime.sleep(pollMs, options).catch(() => undefined);
  }
  await Promise.allSettled(taken.values());
}

type Report = (error: unknown, id?: string) => void;

/** A result of the channel; rejects it when nobody could ever read it. */
async function take(
  channel: FolderChannel,
  id: string,
  table: ResultTable,
  options: AbortOptions,
  report: Report,
): Promise<{ readonly result: WriteResult; readonly text: string } | undefined> {
  const text = await channel.read(id, options);
  if (text === undefined) return undefined;
  try {
    const result = writeResultFromJson(text, table);
    if (result.id === id) return { result, text };
    throw new IcebergError("invalid-payload", `Cannot read write result ${id}: it says it is ${result.id}`);
  } catch (error) {
    report(error, id);
    await channel.reject(id, text, String(error));
    return undefined;
  }
}

/** Errors after which trying again cannot help. */
const HOPELESS = new Set(["validation-failed", "invalid-argument", "invalid-schema", "unsupported"]);

async function serveOne(
  committer: Pick<Committer, "submit">,
  channel: FolderChannel,
  { result, text }: { readonly result: WriteResult; readonly text: string },
  { signal }: AbortOptions,
  report: Report,
): Promise<void> {
  try {
    await committer.submit(result, { signal });
    await channel.remove(result.id);
  } catch (error) {
    report(error, result.id);
    if (isIcebergError(error) && HOPELESS.has(error.code)) {
      await channel
        .reject(result.id, text, String(error))
        .catch((failure: unknown) => report(failure, result.id));
    }
  }
}
