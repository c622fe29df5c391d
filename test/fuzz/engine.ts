/** Runs decoders over mutated inputs and judges how each ends. @module */
import { isIcebergError } from "../../src/base/index.ts";
import { drawFor, mutated } from "./mutate.ts";

/** A decoder under test: what is valid for it, and how to run it to its end. */
export interface FuzzTarget {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Text formats are mutated by tokens rather than by varints. */
  readonly textual: boolean;
  /** Repairs what guards the input (checksums), so that mutations get past it; used for half of the inputs. */
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  readonly run: (bytes: Uint8Array) => unknown;
  /** In place of the common limit, where a package decides what is asked for. */
  readonly allocation?: number;
}

/** One input that ended as none may. `number` and the seed make it again. */
export interface Finding {
  readonly target: string;
  readonly number: number;
  readonly kind: "error" | "slow" | "memory";
  readonly detail: string;
  readonly input: Uint8Array;
}

/** What one input may take, whatever is in it. */
export interface FuzzLimits {
  /** Milliseconds, in the better of two runs. */
  readonly timeMs: number;
  /**
   * Bytes that heap and buffers may grow by, and that typed arrays and buffers may ask for all together, for an input
   * of at most {@link SMALL_INPUT} bytes.
   */
  readonly allocation: number;
}

/** Inputs up to this size are held to the allocation limit: about 8 kB. */
export const SMALL_INPUT = 8192;
export const FUZZ_LIMITS: FuzzLimits = { timeMs: 1000, allocation: 48 * 2 ** 20 };

/** Input `number` of a run over `targets`, and whose it is. */
export function inputOf(
  targets: readonly FuzzTarget[],
  seed: number,
  number: number,
): { target: FuzzTarget; input: Uint8Array } {
  const draw = drawFor(seed, number);
  const target = targets[number % targets.length]!;
  const input = mutated(target.corpus, draw, target.textual);
  return { target, input: target.repair !== undefined && draw(2) === 0 ? target.repair(input) : input };
}

/** Runs one input; the finding, if it did not end in a value or an IcebergError within the limits. */
export async function fuzzOne(
  targets: readonly FuzzTarget[],
  seed: number,
  number: number,
  limits: FuzzLimits = FUZZ_LIMITS,
): Promise<Finding | undefined> {
  const { target, input } = inputOf(targets, seed, number);
  const first = await judged(target, input, limits);
  if (first === undefined || first.kind === "error") {
    return first && { target: target.name, number, input, ...first };
  }
  // Time and memory also measure the machine: what counts is what happens again.
  const again = await judged(target, input, limits);
  return again && { target: target.name, number, input, ...again };
}

async function judged(
  target: FuzzTarget,
  input: Uint8Array,
  limits: FuzzLimits,
): Promise<Pick<Finding, "kind" | "detail"> | undefined> {
  const before = used();
  const asked = countAllocations();
  const start = performance.now();
  try {
    await target.run(input);
  } catch (error) {
    if (!isIcebergError(error)) return { kind: "error", detail: describe(error) };
  } finally {
    asked.stop();
  }
  const took = performance.now() - start;
  if (took > limits.timeMs) return { kind: "slow", detail: `${Math.round(took)} ms` };
  // What was asked for counts even if it was free again by now.
  const grown = Math.max(used() - before, asked.bytes);
  if (input.length <= SMALL_INPUT && grown > Math.max(limits.allocation, target.allocation ?? 0)) {
    return { kind: "memory", detail: `${Math.round(grown / 2 ** 20)} MiB for ${input.length} bytes` };
  }
  return undefined;
}

/** Counts what typed arrays, buffers and arrays of a given length ask for, until it is stopped. */
function countAllocations(): { readonly bytes: number; stop(): void } {
  const originals = ALLOCATING.map((name) => [name, globalThis[name]] as const);
  const count = {
    bytes: 0,
    stop: () => {
      for (const [name, original] of originals) Object.assign(globalThis, { [name]: original });
    },
  };
  for (const [name, original] of originals) {
    const width = "BYTES_PER_ELEMENT" in original ? original.BYTES_PER_ELEMENT : name === "Array" ? 8 : 1;
    const counting = new Proxy(original as new (...args: unknown[]) => object, {
      construct(type, args, newTarget): object {
        const [length] = args;
        if (typeof length === "number") count.bytes += length * width;
        return Reflect.construct(type, args, newTarget) as object;
      },
    });
    Object.assign(globalThis, { [name]: counting });
  }
  return count;
}

const ALLOCATING = [
  "ArrayBuffer",
  "Uint8Array",
  "Int32Array",
  "Uint32Array",
  "Uint16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "Array",
] as const;

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  return (error.stack ?? error.message).split("\n").slice(0, 5).join("\n");
}
