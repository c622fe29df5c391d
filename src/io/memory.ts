/** Files in memory, with the same promises as durable ones: the store of tests and of short-lived tables. @module */
import type {
  AbortOptions,
  ByteRange,
  CreateOptions,
  CreateOutcome,
  FileBytes,
  FileIO,
  InputFile,
  ListedFile,
} from "../base/index.ts";
import { concatBytes, IcebergError } from "../base/index.ts";

/** A {@link FileIO} over a map from location to bytes. */
export class MemoryFileIO implements FileIO {
  readonly files: Map<string, Uint8Array>;

  constructor(files: Map<string, Uint8Array> = new Map()) {
    this.files = files;
  }

  open(location: string): InputFile {
    const { files } = this;
    const bytes = () => {
      const found = files.get(location);
      if (found === undefined) {
        throw new IcebergError("no-such-file", `Cannot open ${location}: no such file`, {
          context: { location },
        });
      }
      return found;
    };
    return {
      location,
      async size(options) {
        options?.signal?.throwIfAborted();
        return bytes().length;
      },
      async read(range, options) {
        options?.signal?.throwIfAborted();
        return sliceOf(bytes(), range, location);
      },
    };
  }

  async create(location: string, content: FileBytes, options: CreateOptions = {}): Promise<CreateOutcome> {
    options.signal?.throwIfAborted();
    await options.guard?.();
    if (this.files.has(location)) return "exists";
    this.files.set(location, content instanceof Uint8Array ? content.slice() : concatBytes(content));
    return "created";
  }

  async delete(location: string, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.files.delete(location);
  }

  async *list(folder: string, options: AbortOptions = {}): AsyncGenerator<ListedFile> {
    const prefix = `${folder.replace(/\/+$/, "")}/`;
    for (const [location, { length: size }] of [...this.files]) {
      options.signal?.throwIfAborted();
      if (location.startsWith(prefix)) yield { location, size, modifiedMs: 0 };
    }
  }
}

function sliceOf(bytes: Uint8Array, range: ByteRange | undefined, location: string): Uint8Array {
  if (range === undefined) return bytes.slice();
  if (range.end > bytes.length || range.start < 0 || range.start > range.end) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read bytes ${range.start}-${range.end} of ${location}: it has ${bytes.length} bytes`,
      { context: { location, ...range, size: bytes.length } },
    );
  }
  return bytes.slice(range.start, range.end);
}
