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

/** Object stores of many names. */
const SAME_SCHEMES: ReadonlyMap<string, string> = new Map([
  ["s3a", "s3"],
  ["s3n", "s3"],
  ["abfss", "abfs"],
  ["wasb", "abfs"],
  ["wasbs", "abfs"],
]);

/**
 * One spelling for the locations of one file, for comparisons only: `file:///a`, `file:/a` and `/a`; `s3`, `s3a` and
 * `s3n`; HDFS with and without its name node. Two files may come out equal, never one file as two: whoever
 * deletes what is not in a list keeps too much rather than too little.
 */
export function comparableLocation(location: string): string {
  const path = localPath(location);
  if (path !== undefined) return path.replace(/\/{2,}/g, "/");
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(.*)$/is.exec(location);
  if (match === null) return location;
  const scheme = match[1]!.toLowerCase();
  if (scheme === "hdfs" || scheme === "viewfs") return `hdfs://${match[3]}`;
  return `${SAME_SCHEMES.get(scheme) ?? scheme}://${match[2]}${match[3]}`;
}

/** Whether a location lies below a folder, whichever way both are spelled; one with `.` or `..` in it does not. */
export function isBelow(location: string, folder: string): boolean {
  const path = comparableLocation(location);
  if (!path.startsWith(`${comparableLocation(folder).replace(/\/+$/, "")}/`)) return false;
  return !path.split("/").some((step) => step === "." || step === "..");
}
