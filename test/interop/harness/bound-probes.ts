/** Predicates around every bound that our manifests store: at it, and one step below and above. @module */
import type { Predicate } from "./predicate.ts";
import { isOrdered } from "./probes.ts";
import type { IcebergType, StructType } from "./table-metadata.ts";

const COMPARED = ["lt", "lt-eq", "eq", "gt-eq", "gt"] as const;

/** Share of the golden ratio: steps of it spread any number of picks evenly over a list. */
const GOLDEN = 0.6180339887498949;

/** A row of our view `columns`, as far as it is used here. */
export interface StoredBounds {
  readonly path: string;
  readonly lower_bound: unknown;
  readonly upper_bound: unknown;
}

/**
 * For each column of `schema`, those inside structs too, and each of its bounds: five comparisons with the value and its
 * neighbours. `comparable` says which further types the engine can compare.
 */
export function boundProbes(
  schema: StructType,
  columns: readonly StoredBounds[],
  comparable: (type: string) => boolean = () => false,
): Predicate[] {
  const literals = new Map<string, Set<string>>();
  for (const { path, lower_bound, upper_bound } of columns) {
    const type = typeAt(path, schema);
    if (typeof type !== "string" || !(isOrdered(type) || comparable(type))) continue;
    if (path.includes(".") && !comparable("struct")) continue;
    const held = literals.get(path) ?? new Set<string>();
    literals.set(path, held);
    for (const bound of [lower_bound, upper_bound]) {
      if (bound === null || bound === undefined) continue;
      for (const literal of around(String(bound), type)) held.add(literal);
    }
  }
  return [...literals].flatMap(([column, held]) =>
    [...held].flatMap((literal) => COMPARED.map((op) => ({ op, column, literals: [literal] }))),
  );
}

/** At most `limit` of them, spread over columns, bounds and operators alike; the same in every run. */
export function spread(predicates: readonly Predicate[], limit: number): readonly Predicate[] {
  const { length } = predicates;
  if (length <= limit) return predicates;
  const order = predicates.map((_, i) => i).sort((a, b) => ((a * GOLDEN) % 1) - ((b * GOLDEN) % 1));
  return order.slice(0, limit).map((i) => predicates[i]!);
}

/** A bound in canonical form with its neighbours, those that the type and every engine can express. */
export function around(bound: string, type: string): string[] {
  if (type === "int" || type === "long") {
    const bits = type === "int" ? 32 : 64;
    return near(BigInt(bound))
      .filter((n) => n === BigInt.asIntN(bits, n))
      .map(String);
  }
  if (type === "float" || type === "double") return aroundFloat(bound, type);
  if (type.startsWith("decimal")) return aroundDecimal(bound, type);
  if (type === "string") return [...new Set([bound, [...bound].slice(0, -1).join(""), `${bound}\u0000`])];
  if (type === "boolean") return ["false", "true"];
  if (type === "uuid") return near(BigInt(`0x${bound.replaceAll("-", "")}`)).flatMap(uuid);
  if (type === "binary") return [bound, bound.slice(0, -2), `${bound}00`];
  if (type.startsWith("fixed")) return near(BigInt(`0x${bound}`)).flatMap((n) => hexOf(n, bound.length));
  return aroundTime(bound, type);
}

/** The type of a column, or of a field inside structs, by its dotted path. */
function typeAt(path: string, { fields }: StructType): IcebergType | undefined {
  for (const { name, type } of fields) {
    if (name === path) return type;
    if (typeof type !== "string" && type.type === "struct" && path.startsWith(`${name}.`))
      return typeAt(path.slice(name.length + 1), type);
  }
  return undefined;
}

function hexOf(value: bigint, digits: number): string[] {
  return value < 0n || value >> BigInt(4 * digits) > 0n ? [] : [value.toString(16).padStart(digits, "0")];
}

function uuid(value: bigint): string[] {
  return hexOf(value, 32).map((hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
}

function near(value: bigint): bigint[] {
  return [value - 1n, value, value + 1n];
}

/** Zero itself is left out, as engines differ on -0, and so are infinities. */
function aroundFloat(bound: string, type: "float" | "double"): string[] {
  const value = Number(bound);
  if (!Number.isFinite(value)) return [];
  return [neighbour(value, type, -1n), value, neighbour(value, type, 1n)]
    .filter((n) => Number.isFinite(n) && n !== 0)
    .map(String);
}

/** The next representable number downwards or upwards: bit patterns of one sign are ordered like their numbers. */
function neighbour(value: number, type: "float" | "double", step: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  const sign = value === 0 ? step : BigInt(Math.sign(value));
  const magnitude = Math.abs(value);
  if (type === "double") {
    view.setFloat64(0, magnitude);
    view.setBigUint64(0, view.getBigUint64(0) + step * sign);
    return Number(sign) * view.getFloat64(0);
  }
  view.setFloat32(0, magnitude);
  view.setUint32(0, view.getUint32(0) + Number(step * sign));
  return Number(sign) * view.getFloat32(0);
}

function aroundDecimal(bound: string, type: string): string[] {
  const [, precision, scale] = /(\d+)\s*,\s*(\d+)/.exec(type)!.map(Number) as [number, number, number];
  const limit = 10n ** BigInt(precision);
  return near(BigInt(bound.replace(".", "")))
    .filter((n) => -limit < n && n < limit)
    .map((n) => {
      const digits = String(n < 0n ? -n : n).padStart(scale + 1, "0");
      const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
      return n < 0n ? `-${text}` : text;
    });
}

/** Dates and times of the years 1 to 9999, by day, microsecond or nanosecond. */
function aroundTime(bound: string, type: string): string[] {
  if (type === "date") {
    if (!/^\d{4}-/.test(bound)) return [];
    return near(BigInt(Date.parse(`${bound}T00:00:00Z`) / 86_400_000))
      .map((day) => new Date(Number(day) * 86_400_000).toISOString().slice(0, 10))
      .filter(inYears);
  }
  const clock = type === "time";
  const [, whole, fraction, zone] =
    /^(.*)\.(\d{6}|\d{9})(Z?)$/.exec(clock ? `1970-01-01T${bound}` : bound) ?? [];
  if (whole === undefined || !/^\d{4}-/.test(whole)) return [];
  const { length } = fraction!;
  const second = 10n ** BigInt(length);
  return near(BigInt(Date.parse(`${whole}Z`) / 1000) * second + BigInt(fraction!))
    .filter((units) => units === BigInt.asIntN(64, units))
    .map((units) => {
      const rest = ((units % second) + second) % second;
      const text = new Date(Number((units - rest) / second) * 1000).toISOString();
      return `${text.slice(0, -5)}.${String(rest).padStart(length, "0")}${zone}`;
    })
    .filter((text) => (clock ? text.startsWith("1970-01-01T") : inYears(text)))
    .map((text) => (clock ? text.slice(11) : text));
}

function inYears(text: string): boolean {
  return /^\d{4}-/.test(text) && !text.startsWith("0000");
}
