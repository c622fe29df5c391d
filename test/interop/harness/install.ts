/**
 * Installation into `.interop/`: each piece has a stamp holding its pins, so that a second run costs nothing and a
 * changed pin installs anew. A piece that cannot be installed is an error, never a skip.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { withLock } from "./lock.ts";
import { inHome } from "./places.ts";

/** Something to install. */
export interface Piece {
  readonly name: string;
  /** Everything whose change must reinstall: versions, file contents. */
  readonly pins: readonly string[];
  /** Folders (relative to `.interop/`) that the piece owns; removed before it is installed anew. */
  readonly folders: readonly string[];
  /** Pieces that must be there first. */
  readonly needs?: readonly Piece[];
  readonly install: () => Promise<void>;
}

/** What an installation cost. */
export interface Installed {
  readonly name: string;
  readonly seconds: number;
  readonly fresh: boolean;
}

/** Installs what is missing, needs first, one after the other under a lock. Returns what was done. */
export async function ensure(pieces: readonly Piece[]): Promise<Installed[]> {
  const ordered = inOrder(pieces);
  if (ordered.every(isThere)) return ordered.map((piece) => ({ name: piece.name, seconds: 0, fresh: false }));
  return withLock("install", async () => {
    const done: Installed[] = [];
    for (const piece of ordered) done.push(await ensureOne(piece));
    return done;
  });
}

async function ensureOne(piece: Piece): Promise<Installed> {
  if (isThere(piece)) return { name: piece.name, seconds: 0, fresh: false };
  const start = Date.now();
  process.stdout.write(`installing ${piece.name} ... `);
  rmSync(stampPath(piece), { force: true });
  for (const folder of piece.folders) rmSync(inHome(folder), { recursive: true, force: true });
  await piece.install();
  mkdirSync(inHome("stamps"), { recursive: true });
  writeFileSync(stampPath(piece), digest(piece));
  const seconds = (Date.now() - start) / 1000;
  console.log(`${seconds.toFixed(1)} s`);
  return { name: piece.name, seconds, fresh: true };
}

function isThere(piece: Piece): boolean {
  return (
    piece.folders.every((folder) => existsSync(inHome(folder))) &&
    existsSync(stampPath(piece)) &&
    readFileSync(stampPath(piece), "utf8") === digest(piece)
  );
}

function stampPath(piece: Piece): string {
  return inHome("stamps", piece.name);
}

/** A piece is stale when its own pins or those of anything it needs changed. */
function digest(piece: Piece): string {
  const text = JSON.stringify([piece.pins, (piece.needs ?? []).map(digest)]);
  return createHash("sha256").update(text).digest("hex");
}

function inOrder(pieces: readonly Piece[]): Piece[] {
  const seen = new Map<string, Piece>();
  const visit = (piece: Piece) => {
    if (seen.has(piece.name)) return;
    for (const need of piece.needs ?? []) visit(need);
    seen.set(piece.name, piece);
  };
  for (const piece of pieces) visit(piece);
  return [...seen.values()];
}
