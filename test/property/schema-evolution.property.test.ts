/** Laws of schema evolution: ids (P6), and rows read after it (P7), against models that know columns by identity. @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import { eq, isNull, memoryCatalog, notNull, type Table } from "../../src/index.ts";
import {
  defineSchema,
  optional,
  required,
  type Schema,
  SchemaUpdate,
  sameSchema,
  type Type,
  t,
} from "../../src/schema/index.ts";
import { applySchemaChange, arbitrarySchema, checkSchemaEvolution } from "../../src/testing/index.ts";
import { runs } from "./runs.ts";

/** A number in [0, 1) picks among what there is when it is used: sequences stay meaningful while they shrink. */
const pick = fc.integer({ min: 0, max: 999 }).map((n) => n / 1000);
const choose = <T>(items: readonly T[], at: number): T | undefined => items[Math.floor(at * items.length)];

test("SchemaUpdate keeps ids unique, counts up, never brings a dropped id back, leaves the rest alone (P6, SCH-015, SCH-016, SCH-020)", () => {
  const { numRuns } = runs(200);
  const evolve: Parameters<typeof checkSchemaEvolution>[0]["evolve"] = (schema, lastColumnId, changes) => {
    const update = new SchemaUpdate(schema, { formatVersion: 3, lastColumnId });
    for (const change of changes) allowed(() => applySchemaChange(update, change));
    const next = allowed(() => update.apply());
    return next && { schema: next, lastColumnId: update.lastColumnId };
  };
  expect(checkSchemaEvolution({ evolve }, { numRuns })).toBe(numRuns);
});

test("unionByName() of a schema with itself changes nothing, twice is once (SCH-072)", () => {
  fc.assert(
    fc.property(arbitrarySchema(), arbitrarySchema(), (a, b) => {
      const self = new SchemaUpdate(a, { formatVersion: 3 }).unionByName(a).apply();
      expect(sameSchema(self, a)).toBe(true);
      let once: Schema;
      try {
        once = new SchemaUpdate(a, { formatVersion: 3 }).unionByName(b).apply();
      } catch {
        return; // the two do not meet
      }
      expect(sameSchema(new SchemaUpdate(once, { formatVersion: 3 }).unionByName(b).apply(), once)).toBe(
        true,
      );
    }),
  );
});

/** The result, or `undefined` when the update refuses with a typed error. */
function allowed<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    expect(["validation-failed", "invalid-schema"]).toContain((error as { code?: string }).code);
    return undefined;
  }
}

/** A column of the model. What a row had in it is kept by `key`, which no later column shares. */
interface Column {
  readonly key: number;
  name: string;
  type: string;
  /** As written; shown in the type of the day. */
  readonly initial: number | null;
  /** Of a struct, or of the structs in a list. */
  readonly fields?: Column[];
}
/** A cell as it was meant, before any type had its say. */
type Cell = number | null | CellMap | readonly CellMap[];
type CellMap = ReadonlyMap<number, Cell>;

const TYPES: Readonly<Record<string, { type: Type; wider?: string; show: (n: number) => unknown }>> = {
  int: { type: t.int(), wider: "long", show: (n) => n },
  long: { type: t.long(), show: BigInt },
  float: { type: t.float(), wider: "double", show: (n) => n },
  double: { type: t.double(), show: (n) => n },
  decimal: { type: t.decimal(4, 1), wider: "bigger", show: (n) => n.toFixed(1) },
  bigger: { type: t.decimal(20, 1), show: (n) => n.toFixed(1) },
  date: { type: t.date(), wider: "timestamp", show: (n) => n },
  timestamp: { type: t.timestamp(), show: (n) => BigInt(n) * 86_400_000_000n },
  string: { type: t.string(), show: (n) => `s${n}` },
};
const STARTERS = ["int", "float", "decimal", "date", "string"];

const step = fc.record({
  kind: fc.constantFrom(
    "rows",
    "rows",
    "add",
    "add",
    "group",
    "list",
    "delete",
    "replace",
    "rename",
    "swap",
    "promote",
    "promote",
    "move",
  ),
  a: pick,
  b: pick,
  withDefault: fc.boolean(),
  cells: fc.array(fc.oneof(fc.constant(null), fc.integer({ min: -99, max: 99 })), {
    minLength: 1,
    maxLength: 6,
  }),
});

test("rows written before an evolution read afterwards as the model says, filters included (P7, SCH-037, SCH-042, SCH-066, SCH-074, SCH-077)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(2, 3),
      fc.array(step, { minLength: 3, maxLength: 14 }),
      async (formatVersion, steps) => {
        const model = new Model(formatVersion as 2 | 3);
        await model.create();
        for (const one of steps) await model.take(one);
        await model.take({ ...steps[0]!, kind: "rows" });
        await model.check();
      },
    ),
    runs(40),
  );
});

class Model {
  private readonly formatVersion: 2 | 3;
  private readonly columns: Column[] = [];
  private readonly rows: Map<number, Cell>[] = [];
  private keys = 0;
  private table!: Table;

  constructor(formatVersion: 2 | 3) {
    this.formatVersion = formatVersion;
  }

  async create(): Promise<void> {
    const catalog = memoryCatalog();
    await catalog.ensureNamespace("ns");
    const schema: Schema = defineSchema({ row: required(t.int()), a: optional(t.int()) });
    this.table = await catalog.createTable("ns.t", schema, { formatVersion: this.formatVersion });
    this.columns.push({ key: this.keys++, name: "a", type: "int", initial: null });
  }

  async take({ kind, a, b, withDefault, cells }: Step): Promise<void> {
    if (kind === "rows") return await this.append(cells);
    const homes = [{ path: [] as string[], fields: this.columns }, ...groups(this.columns, [])];
    const home = choose(homes, a)!;
    const column = choose(home.fields, b);
    const path = (name: string) => [...home.path, name].join(".");
    const free = ["a", "b", "c", "d"].find((name) => !home.fields.some((field) => field.name === name));
    const added = (type: string, fields?: Column[]): Column => ({
      key: this.keys++,
      name: free!,
      type,
      initial: withDefault && this.formatVersion === 3 && fields === undefined ? (cells[0] ?? null) : null,
      ...(fields && { fields }),
    });
    const options = (fresh: Column) =>
      fresh.initial === null ? {} : ({ default: TYPES[fresh.type]!.show(fresh.initial) } as object);
    switch (kind) {
      case "add":
      case "group":
      case "list": {
        if (free === undefined || home.path.length > 2) return;
        const inner = kind === "add" ? undefined : [{ ...added("int"), name: "a", initial: null }];
        const fresh = added(kind === "add" ? choose(STARTERS, b)! : kind, inner);
        home.fields.push(fresh);
        return await this.evolve((u) => u.addColumn<Type>(path(fresh.name), typeOf(fresh), options(fresh)));
      }
      case "delete":
        if (column === undefined || home.fields.length < 2) return;
        home.fields.splice(home.fields.indexOf(column), 1);
        return await this.evolve((u) => u.deleteColumn(path(column.name)));
      case "replace": {
        if (column === undefined) return;
        const fresh = { ...added(choose(STARTERS, a)!), name: column.name };
        home.fields.splice(home.fields.indexOf(column), 1);
        home.fields.push(fresh);
        const at = path(column.name);
        return await this.evolve((u) =>
          u.deleteColumn(at).addColumn<Type>(at, typeOf(fresh), options(fresh)),
        );
      }
      case "rename": {
        if (column === undefined || free === undefined) return;
        const at = path(column.name);
        column.name = free;
        return await this.evolve((u) => u.renameColumn(at, free));
      }
      case "swap": {
        const other = choose(home.fields, a);
        if (column === undefined || other === undefined || other === column) return;
        const [one, two] = [column.name, other.name];
        [column.name, other.name] = [two, one];
        return await this.evolve((u) => u.renameColumn(path(one), two).renameColumn(path(two), one));
      }
      case "promote": {
        const to = column && TYPES[column.type]?.wider;
        if (column === undefined || to === undefined || (to === "timestamp" && this.formatVersion < 3))
          return;
        column.type = to;
        return await this.evolve((u) => u.updateColumn(path(column.name), { type: TYPES[to]!.type }));
      }
      default: {
        const other = choose(home.fields, a);
        if (column === undefined || other === undefined || other === column) return;
        home.fields.splice(home.fields.indexOf(column), 1);
        home.fields.splice(home.fields.indexOf(other) + 1, 0, column);
        return await this.evolve((u) => u.moveAfter(path(column.name), path(other.name)));
      }
    }
  }

  async check(): Promise<void> {
    const expected = this.rows.map((cells, row) => ({ row, ...shown(this.columns, cells) }));
    const all = await this.table.scan().toArray();
    expect(byRow(all)).toEqual(expected);
    expect(Object.keys(all[0] ?? {})).toEqual(["row", ...this.columns.map(({ name }) => name)]);
    for (const { name, fields } of this.columns) {
      const of = (keep: (value: unknown) => boolean) => expected.filter((row) => keep((row as Shown)[name]));
      const read = async (filter: ReturnType<typeof eq>) =>
        byRow(await this.table.scan({ filter }).toArray());
      expect(await read(isNull(name))).toEqual(of((value) => value === null));
      expect(await read(notNull(name))).toEqual(of((value) => value !== null));
      const value = (expected.at(-1) as Shown | undefined)?.[name];
      if (fields !== undefined || value === null || value === undefined) continue;
      expect(await read(eq(name, value as string))).toEqual(of((other) => other === value));
    }
  }

  private async evolve(change: (update: SchemaUpdate) => unknown): Promise<void> {
    this.table = (await this.table.updateSchema(change)).table;
    expect(this.table.schema.fields.slice(1).map(({ name }) => name)).toContain(this.columns[0]!.name);
  }

  private async append(cells: readonly (number | null)[]): Promise<void> {
    const before = this.rows.length;
    for (let row = 0; row < 3; row++) this.rows.push(filled(this.columns, cells, row));
    const input = this.rows
      .slice(before)
      .map((held, at) => ({ row: before + at, ...shown(this.columns, held) }));
    this.table = (await this.table.append(input)).table;
  }
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Shown = Readonly<Record<string, unknown>>;

function groups(columns: readonly Column[], path: readonly string[]): { path: string[]; fields: Column[] }[] {
  return columns.flatMap(({ name, fields }) =>
    fields === undefined ? [] : [{ path: [...path, name], fields }, ...groups(fields, [...path, name])],
  );
}

function typeOf({ type, fields }: Column): Type {
  if (fields === undefined) return TYPES[type]!.type;
  const struct = t.struct(Object.fromEntries(fields.map((field) => [field.name, optional(typeOf(field))])));
  return type === "list" ? t.list(struct, { required: false }) : struct;
}

/** A row for the columns of today; `null` cells at every level come up too. */
function filled(
  columns: readonly Column[],
  cells: readonly (number | null)[],
  row: number,
): Map<number, Cell> {
  return new Map(
    columns.map((column, at): [number, Cell] => {
      const cell = cells[(row + at) % cells.length]!;
      if (column.fields === undefined || cell === null) return [column.key, cell];
      const inner = filled(column.fields, cells, row + 1);
      return [column.key, column.type === "list" ? [inner, ...(cell > 0 ? [inner] : [])] : inner];
    }),
  );
}

/** A row as a scan of today shows it: by key, in the type of the day, defaults where the row had no such column. */
function shown(columns: readonly Column[], cells: CellMap): Shown {
  return Object.fromEntries(
    columns.map((column) => {
      const cell = cells.has(column.key) ? cells.get(column.key)! : column.initial;
      if (cell === null) return [column.name, null];
      if (typeof cell === "number") return [column.name, TYPES[column.type]!.show(cell)];
      if (cell instanceof Map) return [column.name, shown(column.fields!, cell)];
      return [column.name, (cell as readonly CellMap[]).map((item) => shown(column.fields!, item))];
    }),
  );
}

function byRow(rows: readonly object[]): object[] {
  return rows.toSorted((a, b) => (a as { row: number }).row - (b as { row: number }).row);
}
