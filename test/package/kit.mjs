/** A stranger's tests with `icewright/testing` from the tarball, under Node's own runner; run by `check.mjs`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryCatalogClient } from "icewright";
import {
  bind,
  decodeValue,
  encodeValue,
  inclusiveProjection,
  partitionEvaluator,
  strictProjection,
} from "icewright/core";
import { checkCatalog, checkInclusiveProjection, checkValueBytes } from "icewright/testing";

const projected = (how) => (filter, spec, schema) =>
  partitionEvaluator(how(bind(filter, schema), spec, schema));

test("laws hold", () => {
  assert.equal(checkValueBytes({ encode: encodeValue, decode: decodeValue }), 100);
  assert.equal(checkInclusiveProjection({ project: projected(inclusiveProjection) }, { numRuns: 50 }), 50);
});

test("a law that does not hold says what breaks it, and its seed", () => {
  const wrong = { project: projected(strictProjection) };
  assert.throws(
    () => checkInclusiveProjection(wrong, { numRuns: 2000 }),
    /its partition is skipped[\s\S]*seed: .*path: [\s\S]*Counterexample/,
  );
});

test("a catalog is serialisable", async () => {
  assert.equal(await checkCatalog({ open: () => new MemoryCatalogClient() }, { numRuns: 20 }), 20);
});
