/** From TABLE on the command line to a table: a name in the catalog, or a path. Spec: none. @module */
import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { IcebergError, isIcebergError, NoSuchTableError } from "../base/index.ts";
import { identifierText } from "../catalog/index.ts";
import { localPath } from "../io/index.ts";
import { fileCatalog, openTable, restCatalog } from "../node.ts";
import type { Catalog, Table } from "../table/index.ts";
import { catalogText } from "./catalog-choice.ts";
import { harmless } from "./terminal.ts";
import type { CliContext } from "./verb.ts";

/** The catalog of `--warehouse` or `--catalog`, opened once a run. Throws as `restCatalog` does. */
export async function openCatalog(context: CliContext): Promise<Catalog> {
  const known = opened.get(context);
  if (known !== undefined) return await known;
  const catalog = open(context);
  opened.set(context, catalog);
  return await catalog;
}

const opened = new WeakMap<CliContext, Promise<Catalog>>();

async function open({ catalog, signal }: CliContext): Promise<Catalog> {
  if (catalog.kind === "folder") return fileCatalog(catalog.path);
  const { kind: _, ...options } = catalog;
  return await restCatalog({ ...options, signal });
}

/**
 * Opens TABLE. Text with a slash, or the name of a metadata file, is a path; anything else a name in the catalog,
 * or, where the catalog has no such table, a path as well.
 * @throws IcebergError `no-such-table` with the tables there are as its hint, `corrupt-file`, `invalid-metadata`.
 */
export async function openTableArgument(operand: string, context: CliContext): Promise<Table> {
  const { signal } = context;
  if (looksLikePath(operand)) return await openAt(pathOf(operand, context), context);
  const catalog = await openCatalog(context);
  try {
    return await catalog.loadTable(operand, { signal });
  } catch (error) {
    const unknown =
      isIcebergError(error, "no-such-table") ||
      isIcebergError(error, "no-such-namespace") ||
      isIcebergError(error, "invalid-argument");
    if (!unknown) throw error;
    const path = pathOf(operand, context);
    if ((await stat(path).catch(() => undefined)) !== undefined) return await openAt(path, context);
    if (isIcebergError(error, "invalid-argument")) throw error;
    throw new NoSuchTableError(error.message, {
      context: { ...error.context, hint: await knownTables(context) },
      cause: error,
    });
  }
}

/** Opens a path. Metadata names files by where they were written: who opens a table that was moved should know. */
async function openAt(path: string, { signal, note }: CliContext): Promise<Table> {
  const table = await openTable(path, { signal });
  const folder = localPath(table.location);
  if (folder === undefined || (await stat(folder).catch(() => undefined)) === undefined) {
    await note(`the table says that it lies at ${harmless(table.location)}; its files are looked for there`);
  }
  return table;
}

/**
 * Loads TABLE for a commit: it must be a name in the catalog, for nothing commits to a mere path.
 * @throws IcebergError `invalid-argument` for a path, else as {@link openTableArgument}.
 */
export async function openForCommit(operand: string, context: CliContext): Promise<Table> {
  if (!looksLikePath(operand)) {
    const table = await openTableArgument(operand, context);
    if (table.isWritable) return table;
  }
  throw new IcebergError(
    "invalid-argument",
    `Cannot change ${operand}: it is a path, and only a catalog commits`,
    {
      context: {
        table: operand,
        hint: "name the table as namespace.name, with --warehouse DIR or --catalog URI",
      },
    },
  );
}

/** `file:` locations and paths as they are, relative ones from the working folder. */
function pathOf(operand: string, context: CliContext): string {
  if (operand.startsWith("file:")) return operand;
  return isAbsolute(operand) ? operand : resolve(context.cwd, operand);
}

function looksLikePath(operand: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(operand)?.[1];
  if (scheme !== undefined && scheme !== "file") {
    throw new IcebergError(
      "unsupported",
      `Cannot open ${operand}: the command line reads local files only; a program can, with a FileIO for ${scheme}`,
      { context: { operand } },
    );
  }
  return (
    /[/\\]/.test(operand) ||
    operand.startsWith("file:") ||
    /\.metadata\.json(\.gz)?$/.test(operand) ||
    operand === "."
  );
}

/** What could have been meant. Never fails: it only serves an error that is on its way. */
async function knownTables(context: CliContext): Promise<string> {
  const where = catalogText(context.catalog);
  const start = `icewright ingest FILE makes telemetry.trace_events in ${where}`;
  try {
    const catalog = await openCatalog(context);
    const names: string[] = [];
    for (const namespace of await catalog.listNamespaces()) {
      for (const table of await catalog.listTables(namespace)) names.push(identifierText(table));
    }
    if (names.length === 0) return `${placeText(context)} has no tables; ${start}`;
    const shown = names.slice(0, 10).join(", ");
    return `${placeText(context)} has ${shown}${names.length > 10 ? ", …" : ""}`;
  } catch {
    return start;
  }
}

function placeText({ catalog }: CliContext): string {
  return `the ${catalog.kind === "folder" ? "warehouse" : "catalog"} ${catalogText(catalog)}`;
}
