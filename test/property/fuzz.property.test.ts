/** The short form of `npm run fuzz`: whatever bytes come, a decoder ends in a value or an IcebergError. @module */
import { describe, expect, it } from "vitest";
import { IcebergError } from "../../src/base/index.ts";
import { type FuzzTarget, fuzzOne, inputOf } from "../fuzz/engine.ts";
import { fuzzTargets } from "../fuzz/targets.ts";

const SEED = 20_251;
const INPUTS_PER_TARGET = 250;
/** Generous: how fast this is depends on the machine, and hangs are for the long form's watchdog. */
const LIMITS = { timeMs: 10_000, allocation: 128 * 2 ** 20 };

const targets = await fuzzTargets();

describe("fuzzing", () => {
  it.each(targets.map((target, index) => [target.name, target, index] as const))(
    "%s takes its valid inputs, and ends mutated ones in a value or an IcebergError",
    async (_name, target, index) => {
      for (const input of target.corpus) {
        if (target.name !== "single value") await target.run(input);
      }
      for (let round = 0; round < INPUTS_PER_TARGET; round++) {
        const finding = await fuzzOne(targets, SEED, round * targets.length + index, LIMITS);
        expect(finding, `seed ${SEED}`).toBeUndefined();
      }
    },
  );

  it("makes the same input of the same seed and number, and finds untyped errors, slowness and memory", async () => {
    expect(inputOf(targets, 5, 77).input).toEqual(inputOf(targets, 5, 77).input);
    const of = (run: FuzzTarget["run"]) =>
      fuzzOne([{ name: "x", corpus: [new Uint8Array(9)], textual: false, run }], 1, 1, {
        timeMs: 5,
        allocation: 1e6,
      });
    const held: unknown[] = [];
    const busy = () => {
      const end = performance.now() + 20;
      while (performance.now() < end);
    };
    expect(
      await of(() => {
        throw new RangeError("raw");
      }),
    ).toMatchObject({ kind: "error", target: "x", number: 1 });
    expect(await of(busy)).toMatchObject({ kind: "slow" });
    expect(await of(() => held.push(new Uint8Array(4e6)))).toMatchObject({ kind: "memory" });
    const freed = () => new Float64Array(5e5).length + new Array(10).length;
    expect(await of(freed), "free again by now").toMatchObject({
      kind: "memory",
      detail: expect.stringMatching(/^4 MiB/),
    });
    expect(new Uint8Array(3), "nothing stays patched").toEqual(Uint8Array.of(0, 0, 0));
    expect(
      await of(() => {
        throw new IcebergError("corrupt-file", "typed");
      }),
    ).toBeUndefined();
  });
});
