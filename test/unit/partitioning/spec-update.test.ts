import { describe, expect, it, test } from "vitest";
import {
  bucket,
  buildPartitionSpec,
  day,
  evolvedName,
  formatTransform,
  hour,
  identity,
  month,
  type PartitionSpec,
  type PartitionTerm,
  promotionChangesResult,
  SpecUpdate,
  type Transform,
  truncate,
  year,
} from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";

const schema = defineSchema({
  id: required(t.long()),
  ts: required(t.timestamptz()),
  tenant: optional(t.string()),
  who: optional(t.struct({ name: optional(t.string()) })),
  tags: optional(t.list(t.string())),
  taken: optional(t.int()),
});

interface History {
  readonly formatVersion?: number;
  /** Specs before the present one. */
  readonly past?: readonly PartitionSpec[];
  readonly lastPartitionId?: number;
}

function specOf(terms: readonly PartitionTerm[], specId = 0, firstFieldId = 1000): PartitionSpec {
  return buildPartitionSpec(schema, terms, { specId, firstFieldId });
}

function evolve(
  base: PartitionSpec,
  change: (update: SpecUpdate) => unknown,
  history: History = {},
): PartitionSpec {
  const specs = [...(history.past ?? []), base];
  const ids = specs.flatMap(({ fields }) => fields.map(({ fieldId }) => fieldId));
  const update = new SpecUpdate(base, {
    schema,
    specs,
    formatVersion: history.formatVersion ?? 2,
    lastPartitionId: history.lastPartitionId ?? Math.max(999, ...ids),
  });
  change(update);
  return update.apply();
}

/** `id name=transform(source id)` of each field. */
function shown({ fields }: PartitionSpec): string[] {
  return fields.map(
    ({ fieldId, name, transform, sourceId }) =>
      `${fieldId} ${name}=${formatTransform(transform)}(${sourceId})`,
  );
}

const base = specOf([day("ts"), bucket(8, "id"), identity("tenant")]);

describe("SpecUpdate.addField()", () => {
  it("appends under last-partition-id + 1 with evolution's default names (PRT-017, PRT-027, PRT-035)", () => {
    const next = evolve(
      base,
      (u) =>
        u
          .addField(bucket(16, "id"))
          .addField(truncate(4, "tenant"))
          .addField(hour("ts"))
          .addField("who.name"),
      { lastPartitionId: 1010 },
    );
    expect(shown(next)).toEqual([
      ...shown(base),
      "1011 id_bucket_16=bucket[16](1)",
      "1012 tenant_trunc_4=truncate[4](3)",
      "1013 ts_hour=hour(2)",
      "1014 who.name=identity(7)",
    ]);
  });

  it("gives a field any spec had its id and name again, unless another name is given (PRT-028)", () => {
    const past = [specOf([day("ts", "when"), identity("tenant")])];
    const now = specOf([bucket(4, "id")], 1, 1002);
    expect(shown(evolve(now, (u) => u.addField(day("ts")), { past }))).toEqual([
      "1002 id_bucket=bucket[4](1)",
      "1000 when=day(2)",
    ]);
    expect(shown(evolve(now, (u) => u.addField(day("ts", "when")), { past }))[1]).toBe("1000 when=day(2)");
    expect(shown(evolve(now, (u) => u.addField(day("ts", "other")), { past }))[1]).toBe("1003 other=day(2)");
    expect(shown(evolve(now, (u) => u.addField(year("ts")), { past }))[1]).toBe("1003 ts_year=year(2)");
  });

  it("keeps a field removed and added in one update, under a new name if one is given", () => {
    expect(shown(evolve(base, (u) => u.removeField("ts_day").addField(day("ts"))))).toEqual(shown(base));
    expect(shown(evolve(base, (u) => u.removeField("ts_day").addField(day("ts", "d"))))[0]).toBe(
      "1000 d=day(2)",
    );
  });

  it("keeps a field that came back as free to go again as before", () => {
    const again = (name?: string) =>
      evolve(base, (u) => u.removeField("ts_day").addField(day("ts", name)).removeField("ts_day"));
    expect(shown(again())).toEqual(shown(base).slice(1));
    expect(shown(again("ts_day"))).toEqual(shown(base).slice(1));
    expect(() => again("d")).toThrow(/Cannot remove partition field ts_day: this update renames it/);
  });

  it("gives a field that comes back a new id when its own has another field now (PRT-028)", () => {
    const past = [specOf([day("ts", "when")])];
    const now = specOf([identity("tenant")], 1, 1000);
    expect(shown(evolve(now, (u) => u.addField(day("ts")), { past }))).toEqual([
      "1000 tenant=identity(3)",
      "1001 when=day(2)",
    ]);
  });

  it("numbers by position in v1, whatever the last id is (PRT-026)", () => {
    const next = evolve(base, (u) => u.addField(year("ts", "y")).addField("id"), {
      formatVersion: 1,
      lastPartitionId: 1010,
    });
    expect(shown(next).slice(3)).toEqual(["1003 y=year(2)", "1004 id=identity(1)"]);
  });

  it("takes units of time of different columns in one update (PRT-034)", () => {
    const times = defineSchema({ a: required(t.date()), b: required(t.date()), c: required(t.int()) });
    const empty = buildPartitionSpec(times, []);
    const update = new SpecUpdate(empty, {
      schema: times,
      specs: [empty],
      formatVersion: 2,
      lastPartitionId: 999,
    });
    expect(shown(update.addField(day("a")).addField(year("b")).addField(bucket(4, "a")).apply())).toEqual([
      "1000 a_day=day(1)",
      "1001 b_year=year(2)",
      "1002 a_bucket_4=bucket[4](1)",
    ]);
  });

  it("takes a unit of time of a column that the update adds by another transform", () => {
    const next = evolve(specOf([]), (u) => u.addField(bucket(4, "ts")).addField(day("ts")));
    expect(shown(next)).toEqual(["1000 ts_bucket_4=bucket[4](2)", "1001 ts_day=day(2)"]);
  });

  it("lets a new field take the name of one that goes", () => {
    const next = evolve(base, (u) => u.removeField("ts_day").addField(hour("ts", "ts_day")));
    expect(shown(next)).toEqual([...shown(base).slice(1), "1003 ts_day=hour(2)"]);
  });

  it.each([
    [day("ts"), /Cannot add partition field ts_day: ts_day is day of ts already/],
    [bucket(8, "id", "other"), /id_bucket is bucket\[8\] of id already/],
    [identity("nope"), /Cannot partition by identity of nope: schema 0 has no such column/],
    [identity("tags"), /type list, not primitive/],
    [hour("tenant"), /the transform does not take string/],
    [year("ts", "ts_day"), /"ts_day": another partition field has that name/],
    [year("ts", "taken"), /a column has that name/],
    [year("ts", ""), /it is empty/],
  ])("refuses %j (PRT-001, PRT-024, PRT-033, PRT-034)", (term, message) => {
    expect(() => evolve(base, (u) => u.addField(term))).toThrow(message);
    expect(() => evolve(base, (u) => u.addField(term))).toThrow(
      expect.objectContaining({ code: "validation-failed" }),
    );
  });

  it("names the field in the context of what a spec may not be either", () => {
    expect(() => evolve(base, (u) => u.addField("nope"))).toThrow(
      expect.objectContaining({ context: { field: "nope" }, cause: expect.anything() }),
    );
  });

  it("refuses the same derivation or two units of time in one update (PRT-034)", () => {
    expect(() => evolve(specOf([]), (u) => u.addField("id").addField(identity("id", "b")))).toThrow(
      /id is identity of id already/,
    );
    expect(() => evolve(specOf([]), (u) => u.addField(day("ts")).addField(hour("ts")))).toThrow(
      /this update adds ts_day, another unit of time of ts/,
    );
  });
});

describe("SpecUpdate.removeField()", () => {
  it("leaves a v2 spec without the field, the others with their ids (PRT-042)", () => {
    expect(shown(evolve(base, (u) => u.removeField("id_bucket")))).toEqual([shown(base)[0], shown(base)[2]]);
    expect(shown(evolve(base, (u) => u.removeField(bucket(8, "id"))))).toEqual([
      shown(base)[0],
      shown(base)[2],
    ]);
    expect(
      evolve(base, (u) => u.removeField("ts_day").removeField("id_bucket").removeField("tenant")).fields,
    ).toEqual([]);
  });

  it("makes the field void in its place in v1, new ones come last (PRT-026, PRT-040)", () => {
    const next = evolve(base, (u) => u.removeField("id_bucket").addField(truncate(2, "tenant")), {
      formatVersion: 1,
    });
    expect(shown(next)).toEqual([
      shown(base)[0],
      "1001 id_bucket=void(1)",
      shown(base)[2],
      "1003 tenant_trunc_2=truncate[2](3)",
    ]);
  });

  it("lets a void field keep the name of its column (PRT-033)", () => {
    const next = evolve(base, (u) => u.removeField("tenant"), { formatVersion: 1 });
    expect(shown(next)[2]).toBe("1002 tenant=void(3)");
  });

  it.each([
    ["nope", /Cannot remove partition field nope: spec 0 has only ts_day, id_bucket, tenant/],
    [month("ts"), /Cannot remove partition field month\(ts\): spec 0 does not partition by it/],
    [bucket(8, "tenant"), /bucket\[8\]\(tenant\): spec 0 does not partition by it/],
  ])("refuses %j", (field, message) => {
    expect(() => evolve(base, (u) => u.addField("id").removeField(field))).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(message),
        context: { field: typeof field === "string" ? field : expect.stringContaining("(") },
      }),
    );
  });

  it("says so when there are no fields at all", () => {
    expect(() => evolve(specOf([]), (u) => u.removeField("x"))).toThrow(/x: spec 0 has no fields$/);
  });

  it("refuses fields the update renames or adds (PRT-043)", () => {
    expect(() => evolve(base, (u) => u.renameField("ts_day", "d").removeField("ts_day"))).toThrow(
      /this update renames it/,
    );
    expect(() => evolve(base, (u) => u.addField(year("ts")).removeField("ts_year"))).toThrow(
      /this update adds it/,
    );
  });
});

describe("SpecUpdate.renameField()", () => {
  it("keeps id and transform (PRT-043)", () => {
    expect(shown(evolve(base, (u) => u.renameField("ts_day", "d")))[0]).toBe("1000 d=day(2)");
    expect(
      shown(evolve(base, (u) => u.renameField("ts_day", "id_bucket").renameField("id_bucket", "ts_day"))),
    ).toEqual(["1000 id_bucket=day(2)", "1001 ts_day=bucket[8](1)", "1002 tenant=identity(3)"]);
  });

  it.each([
    [(u: SpecUpdate) => u.renameField("nope", "x"), /Cannot rename partition field nope: spec 0 has only/],
    [(u: SpecUpdate) => u.addField("id").renameField("nope", "x"), /spec 0 has only/],
    [
      (u: SpecUpdate) => u.renameField("ts_day", ""),
      /Cannot rename partition field ts_day: the new name is empty/,
    ],
    [
      (u: SpecUpdate) => u.renameField("ts_day", "id_bucket"),
      /Cannot name partition field id_bucket: another partition field has that name/,
    ],
    [
      (u: SpecUpdate) => u.removeField("ts_day").addField(hour("ts", "ts_day")).renameField("ts_day", "d"),
      /Cannot rename partition field ts_day: this update removes it/,
    ],
    [
      (u: SpecUpdate) => u.renameField("ts_day", "tenant"),
      /another partition field has that name|a column has that name/,
    ],
    [(u: SpecUpdate) => u.removeField("ts_day").renameField("ts_day", "d"), /this update removes it/],
    [
      (u: SpecUpdate) => u.addField(year("ts")).renameField("ts_year", "y"),
      /Cannot rename partition field ts_year: this update adds it: give it the name there/,
    ],
  ])("refuses %s", (change, message) => {
    expect(() => evolve(base, change)).toThrow(message);
  });
});

describe("void fields", () => {
  const voided = evolve(base, (u) => u.removeField("ts_day"), { formatVersion: 1 });

  it.each([1, 2])("make way for a new or renamed field of their name in v%i (PRT-041)", (formatVersion) => {
    const added = evolve(voided, (u) => u.addField(hour("ts", "ts_day")), { formatVersion });
    expect(shown(added)).toEqual([
      "1000 ts_day_1000=void(2)",
      ...shown(base).slice(1),
      "1003 ts_day=hour(2)",
    ]);
    const renamed = evolve(voided, (u) => u.renameField("id_bucket", "ts_day"), { formatVersion });
    expect(shown(renamed).slice(0, 2)).toEqual(["1000 ts_day_1000=void(2)", "1001 ts_day=bucket[8](1)"]);
  });

  it("come back to life under their id once the table is v2 (PRT-028)", () => {
    const next = evolve(voided, (u) => u.addField(day("ts")), { past: [base] });
    expect(shown(next)).toEqual(shown(base));
  });

  it("stay in v1 when the field comes back, which gets the next position (PRT-040)", () => {
    const next = evolve(voided, (u) => u.addField(day("ts")), { formatVersion: 1, past: [base] });
    expect(shown(next)).toEqual(["1000 ts_day_1000=void(2)", ...shown(base).slice(1), "1003 ts_day=day(2)"]);
  });
});

describe("SpecUpdate", () => {
  it("refuses a spec with an unknown transform (PRT-045)", () => {
    const fields = [
      { sourceId: 1, fieldId: 1000, name: "z", transform: { kind: "unknown", text: "zorder[3]" } as const },
    ];
    expect(() => evolve({ specId: 4, fields }, (u) => u.addField("id"))).toThrow(
      expect.objectContaining({
        message: "Cannot change partition spec 4: this library does not know transform zorder[3] of field z",
        context: { specId: 4, field: "z" },
      }),
    );
  });

  it("leaves names alone that would not be given today", () => {
    const [first] = base.fields;
    const odd = { specId: 0, fields: [{ ...first!, name: "taken" }] };
    expect(shown(evolve(odd, (u) => u.addField("id")))).toEqual(["1000 taken=day(2)", "1001 id=identity(1)"]);
    expect(() => evolve(odd, (u) => u.renameField("taken", "tenant"))).toThrow(/a column has that name/);
  });

  it("can leave the default as it is (PRT-039)", () => {
    const update = new SpecUpdate(base, { schema, specs: [base], formatVersion: 2, lastPartitionId: 1002 });
    expect(update.becomesDefault).toBe(true);
    expect(update.addNonDefaultSpec().becomesDefault).toBe(false);
  });
});

test("evolvedName() is the column with the transform and its parameter (PRT-035)", () => {
  const name = (transform: Transform) => evolvedName("c", transform);
  expect(name({ kind: "identity" })).toBe("c");
  expect(name({ kind: "unknown", text: "zorder" })).toBe("c");
  expect(name({ kind: "void" })).toBe("c_null");
  expect(name({ kind: "year" })).toBe("c_year");
});

describe("promotionChangesResult()", () => {
  it("is so for a date's identity and hash only (SCH-062)", () => {
    const changes = [identity("c"), bucket(4, "c"), year("c"), month("c"), day("c")].map(({ transform }) =>
      promotionChangesResult(transform, t.date(), t.timestamp()),
    );
    expect(changes).toEqual([true, true, false, false, false]);
    expect(promotionChangesResult(bucket(4, "c").transform, t.int(), t.long())).toBe(false);
    expect(promotionChangesResult(identity("c").transform, t.float(), t.double())).toBe(false);
    expect(promotionChangesResult(identity("c").transform, t.date(), t.date())).toBe(false);
    expect(promotionChangesResult({ kind: "void" }, t.date(), t.timestamp())).toBe(false);
    expect(promotionChangesResult({ kind: "unknown", text: "zorder" }, t.int(), t.long())).toBe(true);
  });
});
