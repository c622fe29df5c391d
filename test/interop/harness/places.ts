/** Where things live: the checkout's top and the ignored `.interop/` folder that holds everything installed. @module */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The checkout's top: the nearest folder above this file whose package.json is icewright's. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Everything the harness installs, builds and prints; ignored by git. */
export const HOME = join(ROOT, ".interop");

/** Sources that are not TypeScript (Python engines, the Java oracle) run from the checkout itself. */
export const SOURCES = join(ROOT, "test", "interop");

/** A path inside `.interop/`. */
export function inHome(...parts: string[]): string {
  return join(HOME, ...parts);
}

/** `file:///…` of a path, and a location that already has a scheme unchanged. */
export function asLocation(path: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path) ? path : pathToFileURL(path).href;
}

/** The local path of a `file:` location; a bare path unchanged. */
export function asPath(location: string): string {
  if (!location.startsWith("file:")) return location;
  // Engines write `file:/x`, `file:///x` and unescaped spaces: strip the scheme, never percent-decode twice
  return location.replace(/^file:\/\/(?=\/)|^file:/, "");
}

function findRoot(from: string): string {
  for (let at = from; ; at = dirname(at)) {
    const manifest = join(at, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "icewright") return at;
    if (dirname(at) === at) throw new Error(`No icewright checkout above ${from}`);
  }
}
