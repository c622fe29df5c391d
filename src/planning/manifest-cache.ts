/** Manifests kept in memory between plans. Spec: none; a manifest never changes under its location. @module */
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import type { ManifestFile } from "../manifests/index.ts";

/**
 * A cache of manifests as they lie on disk, compressed, by location, with a limit in bytes: the least recently used go
 * first, one larger than the limit is never kept. Give one to several scans, of one table or of many, or to all scans
 * of a process; without one every plan reads its manifests anew. A manifest never changes, so nothing in it gets old;
 * manifest lists and metadata files are not held. It saves reading, not decoding, and nothing is skipped or kept by it.
 *
 * @example
 * const manifestCache = new ManifestCache(64 * 1024 * 1024);
 * await table.scan({ manifestCache }).plan();
 * await table.scan({ manifestCache, filter: eq("tenant", "acme") }).plan(); // reads the manifest list alone
 * console.log(manifestCache.hits, manifestCache.misses, manifestCache.bytes);
 */
export class ManifestCache {
  readonly maxBytes: number;
  /** Manifests found, and not found, since the cache was made. */
  hits = 0;
  misses = 0;
  private used = 0;
  private readonly entries = new Map<string, Uint8Array>();

  /** @throws IcebergError `invalid-argument` for a limit that is no whole number. */
  constructor(maxBytes: number) {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
      throw new IcebergError(
        "invalid-argument",
        `Cannot make a manifest cache of ${maxBytes} bytes: give a whole number`,
      );
    }
    this.maxBytes = maxBytes;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.used;
  }

  /** @internal The bytes of a manifest, if held. */
  find(path: string): Uint8Array | undefined {
    const bytes = this.entries.get(path);
    if (bytes === undefined) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.entries.delete(path);
    this.entries.set(path, bytes);
    return bytes;
  }

  /** @internal Keeps a manifest that was read whole; one beyond the limit is not kept. */
  keep(path: string, bytes: Uint8Array): void {
    if (bytes.length > this.maxBytes || this.entries.has(path)) return;
    this.entries.set(path, bytes);
    this.used += bytes.length;
    for (const [oldest, old] of this.entries) {
      if (this.used <= this.maxBytes) break;
      this.entries.delete(oldest);
      this.used -= old.length;
    }
  }
}

/** A manifest and its bytes. */
export interface OpenedManifest {
  readonly manifest: ManifestFile;
  readonly bytes: Uint8Array;
}

/** Reads manifests, out of a cache where there is one. Errors as {@link FileIO} has them, naming the manifest. */
export function manifestReader(
  io: FileIO,
  cache: ManifestCache | undefined,
  options: AbortOptions,
): (manifest: ManifestFile) => Promise<OpenedManifest> {
  return async (manifest) => {
    const { manifestPath, manifestLength } = manifest;
    const held = cache?.find(manifestPath);
    if (held !== undefined) return { manifest, bytes: held };
    const bytes = await io.open(manifestPath, manifestLength).read(undefined, options);
    // Bytes that a store gave short are not to be met again.
    if (bytes.length === manifestLength) cache?.keep(manifestPath, bytes);
    return { manifest, bytes };
  };
}
