/**
 * What the tests import as `vitest` while mutants run: the same `expect`, and `describe` and `test` that only collect.
 * @module
 */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  ChaiStyleAssertions,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";

const ready = Symbol.for("icewright.mutation.expect");
globalThis[ready] ??= createExpect();
/** One for all evaluations of the tests: chai's plugins must be installed once. */
export const expect = globalThis[ready];

/** Tests in the order they were declared in, since the last {@link collect}. */
let tests = [];
let path = [];

export function collect() {
  // Modules have loaded; what runs from here until the tests do is the tests' own.
  if (globalThis.__stryker__ !== undefined) globalThis.__stryker__.currentTestId = "collecting";
  tests = [];
  path = [];
  return tests;
}

export const describe = Object.assign(
  (title, body) => {
    path.push(title);
    body();
    path.pop();
  },
  {
    each: (rows) => (title, body) =>
      eachRow(rows, title, (name, args) => describe(name, () => body(...args))),
  },
);

export const test = Object.assign(
  (title, body) => {
    tests.push({ title: [...path, title].join(" > "), body });
  },
  { each: (rows) => (title, body) => eachRow(rows, title, (name, args) => test(name, () => body(...args))) },
);
export const it = test;

function eachRow(rows, title, declare) {
  for (const [index, row] of rows.entries()) declare(`${title} #${index}`, Array.isArray(row) ? row : [row]);
}

function createExpect() {
  for (const plugin of [JestExtend, JestChaiExpect, ChaiStyleAssertions, JestAsymmetricMatchers]) {
    chai.use(plugin);
  }
  const created = (value, message) => chai.expect(value, message);
  Object.assign(created, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
  globalThis[GLOBAL_EXPECT] = created;
  setState({ ...getState(created), assertionCalls: 0 }, created);
  created.unreachable = (message) => chai.assert.fail(`expected ${message ?? ""} not to be reached`);
  chai.expect.extend(created, customMatchers);
  return created;
}
