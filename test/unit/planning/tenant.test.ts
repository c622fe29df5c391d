/** Scans of one tenant: nothing widens them (decision 21). */
import { beforeAll, describe, expect, it } from "vitest";
import {
  alwaysTrue,
  defineSchema,
  type Expression,
  eq,
  isNull,
  memoryCatalog,
  not,
  notEq,
  optional,
  or,
  required,
  type Table,
  t,
} from "../../../src/index.ts";

const schema = defineSchema({ n: required(t.long()), organization_id: optional(t.string()) });
let table: Table<typeof schema>;

beforeAll(async () => {
  const catalog = memoryCatalog();
  await catalog.createNamespace("ns");
  table = await catalog.createTable("ns.t", schema);
  ({ table } = await table.append([
    { n: 1n, organization_id: "a" },
    { n: 2n, organization_id: "b" },
    { n: 3n, organization_id: null },
    { n: 4n, organization_id: "a" },
  ]));
});

async function rows(tenant: string, filter: Expression = alwaysTrue) {
  return (await table.scan({ tenant, filter }).toArray()).map(({ n }) => n).sort();
}

describe("scan({ tenant })", () => {
  it("gives the tenant's rows; rows without a tenant are nobody's", async () => {
    expect(await rows("a")).toEqual([1n, 4n]);
    expect(await rows("b")).toEqual([2n]);
    expect(await rows("null")).toEqual([]);
  });

  it.each<[string, Expression]>([
    ["an or with the other tenant", or(eq("organization_id", "b"), eq("organization_id", "a"))],
    ["an or with what is always true", or(eq("n", 1n), alwaysTrue)],
    ["rows without a tenant", or(isNull("organization_id"), notEq("n", 0n))],
    ["a negation", not(eq("organization_id", "zzz"))],
  ])("no filter widens it: %s", async (_, filter) => {
    expect(await rows("a", filter)).toEqual([1n, 4n]);
  });

  it("a filter narrows it", async () => {
    expect(await rows("a", eq("n", 4n))).toEqual([4n]);
    expect(await rows("a", eq("organization_id", "b"))).toEqual([]);
  });

  it("also counts and plans for the tenant alone", async () => {
    expect(await table.scan({ tenant: "a" }).count()).toBe(2);
    expect(await table.scan({ tenant: "zzz" }).count()).toBe(0);
    expect(await table.scan({ tenant: "a" }).duckdbQuery()).toContain("organization_id");
  });

  it.each([undefined, null, "", 5, ["a"]])("refuses the tenant %j instead of scanning all rows", (tenant) => {
    expect(() => table.scan({ tenant: tenant as string })).toThrow(/Cannot scan for the tenant/);
  });

  it("refuses a table without the column", async () => {
    const catalog = memoryCatalog();
    await catalog.createNamespace("ns");
    const bare = await catalog.createTable("ns.t", defineSchema({ n: required(t.long()) }));
    expect(() => bare.scan({ tenant: "a" })).toThrow(/no text column organization_id/);
  });
});
