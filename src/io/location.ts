/**
 * Locations as text. They are identities: never normalised, never percent-decoded, because the engines that
 * share the table take everything after `file://` as the path itself (MAN-018, PRT-051).
 * @module
 */
import { IcebergError } from "../base/index.ts";

/** The file-system path of `file:///a`, `file:/a` or `/a`; `undefined` for another scheme or a relative path. */
export function localPath(location: string): string | undefined {
  const path = location.startsWith("file://")
    ? location.slice(7)
    : location.startsWith("file:")
      ? location.slice(5)
      : location;
  return path.startsWith("/") ? path : undefined;
}

/** Joins a base location and a relative name with one slash. */
export function joinLocation(base: string, ...names: readonly string[]): string {
  return [base.replace(/\/+$/, ""), ...names].join("/");
}

/** The path of a local location. Throws `unsupported` for any other scheme. */
export function requireLocalPath(location: string): string {
  const path = localPath(location);
  if (path === undefined) {
    throw new IcebergError(
      "unsupported",
      `Cannot open ${location}: the local file system takes file:///… or an absolute path`,
      { context: { location } },
    );
  }
  return path;
}
