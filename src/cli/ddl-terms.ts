/** Partition and sort terms in Spark SQL: `months(ts)`, `bucket(16, id) DESC NULLS LAST`. Spec: Partitioning; Sorting. @module */
import { type PartitionTerm, parseTransform, partitionTerm, type Transform } from "../partitioning/index.ts";
import { asc, desc, type NullOrder, type SortTerm } from "../sorting/index.ts";
import { DdlReader } from "./ddl-parser.ts";
import { ddlName } from "./ddl-tokens.ts";

/** Spark's names of transforms without parameter, and the format's. */
const TRANSFORMS: Readonly<Record<string, string>> = {
  IDENTITY: "identity",
  YEAR: "year",
  YEARS: "year",
  MONTH: "month",
  MONTHS: "month",
  DAY: "day",
  DAYS: "day",
  DATE: "day",
  HOUR: "hour",
  HOURS: "hour",
  DATE_HOUR: "hour",
};

/** Reads `column`, `months(column)`, `bucket(16, column)` or `truncate(4, column)`, the number on either side. */
export function readTerm(reader: DdlReader): PartitionTerm {
  const start = reader.next;
  const path = reader.path("a column");
  if (!reader.sign("(")) return partitionTerm(parseTransform("identity"), path.join("."));
  const name = path.join(".").toUpperCase();
  let term: PartitionTerm;
  if (name === "BUCKET" || name === "TRUNCATE") {
    const numberFirst = reader.next.kind === "number";
    const before = numberFirst ? reader.wholeNumber("a number") : undefined;
    if (numberFirst) reader.expectSign(",");
    const column = reader.path("a column").join(".");
    if (!numberFirst) reader.expectSign(",");
    const parameter = before ?? reader.wholeNumber("a number");
    term = partitionTerm(parseTransform(`${name.toLowerCase()}[${parameter}]`), column);
  } else {
    const transform = Object.hasOwn(TRANSFORMS, name) ? TRANSFORMS[name] : undefined;
    if (transform === undefined) {
      const known = "years, months, days, hours, bucket and truncate";
      throw reader.fault(`there is no transform ${start.text}; use ${known}`, start);
    }
    term = partitionTerm(parseTransform(transform), reader.path("a column").join("."));
  }
  reader.expectSign(")");
  return term;
}

/** Reads a term with `ASC` or `DESC` and `NULLS FIRST` or `NULLS LAST`. */
export function readSortTerm(reader: DdlReader): SortTerm {
  const term = readTerm(reader);
  const descending = reader.keywords("DESC");
  if (!descending) reader.keywords("ASC");
  let nulls: NullOrder | undefined;
  if (reader.keywords("NULLS", "FIRST")) nulls = "nulls-first";
  else if (reader.keywords("NULLS", "LAST")) nulls = "nulls-last";
  return descending ? desc(term, nulls) : asc(term, nulls);
}

/** Terms separated by commas, as `--partition-by` takes them. Throws `invalid-argument`. */
export function parsePartitionTerms(text: string): readonly PartitionTerm[] {
  return parseAll(text, readTerm);
}

/** Terms separated by commas, as `--order-by` takes them. Throws `invalid-argument`. */
export function parseSortTerms(text: string): readonly SortTerm[] {
  return parseAll(text, readSortTerm);
}

function parseAll<T>(text: string, read: (reader: DdlReader) => T): readonly T[] {
  const reader = new DdlReader(text);
  const terms = reader.items(() => read(reader));
  if (!reader.isAtEnd()) throw reader.expected("the end");
  return terms;
}

/** A term in Spark SQL; `undefined` for a transform Spark has no word for. */
export function writeTerm(transform: Transform, path: readonly string[]): string | undefined {
  const column = path.map(ddlName).join(".");
  switch (transform.kind) {
    case "identity":
      return column;
    case "bucket":
      return `bucket(${transform.numBuckets}, ${column})`;
    case "truncate":
      return `truncate(${transform.width}, ${column})`;
    case "void":
    case "unknown":
      return undefined;
    default:
      return `${transform.kind}s(${column})`;
  }
}
