/** Pictures written beside the results. Spec: none. @module */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileError } from "../io/node.ts";
import type { CliContext } from "./verb.ts";

/** Writes an SVG to the file that a flag names and says so. @throws IcebergError `io-failed` naming the file. */
export async function writeDrawing(file: string, svg: string, context: CliContext): Promise<void> {
  const { cwd, signal, note } = context;
  try {
    await writeFile(resolve(cwd, file), svg, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw fileError("write", file, error);
  }
  await note(`drew ${file}`);
}
