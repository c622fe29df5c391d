/** The files one operation makes, and their removal when it comes to nothing. Spec: CMT-011, CMT-012. @module */
import { type AbortOptions, type FileBytes, type FileIO, IcebergError } from "../base/index.ts";

/** New files of one operation. Each is noted before it is created, for a create that fails may have created it. */
export class NewFiles {
  private readonly io: FileIO;
  private readonly locations = new Set<string>();

  constructor(io: FileIO) {
    this.io = io;
  }

  /** How many files were begun. */
  get count(): number {
    return this.locations.size;
  }

  /** @throws IcebergError `io-failed`, also when the name is taken: that file is another's and stays. */
  async create(location: string, content: FileBytes, options: AbortOptions = {}): Promise<void> {
    this.locations.add(location);
    if ((await this.io.create(location, content, options)) === "created") return;
    this.locations.delete(location);
    throw new IcebergError("io-failed", `Cannot create ${location}: a file of that name exists`, {
      context: { location },
    });
  }

  /** Deletes them, except `kept`, as {@link discardFiles} does. */
  async discard(kept?: ReadonlySet<string>): Promise<void> {
    await discardFiles(
      this.io,
      [...this.locations].filter((location) => kept?.has(location) !== true),
    );
  }
}

/** Deletes files that nobody refers to. Never throws: what stays is an orphan. */
export async function discardFiles(io: FileIO, locations: readonly string[]): Promise<void> {
  await Promise.allSettled(locations.map(async (location) => await io.delete(location)));
}
