/**
 * Faults of the engines themselves, each proved against at least one other engine. Such a check counts as passed
 * while the engine fails in exactly that way, is shown as known, and fails when the engine has been mended.
 * @module
 */

export interface KnownFault {
  readonly engine: string;
  /** Name of the table, or the start of it before a `*`. */
  readonly subject: string;
  /** Matches the title of the check, or, of a filtered scan, `where ` and the filter. */
  readonly title: RegExp;
  /** Matches the whole message: a different failure is a failure. */
  readonly error: RegExp;
  readonly why: string;
}

export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    engine: "pyiceberg",
    subject: "extremes",
    title: /full scan|projection to meta|^where /,
    error: /"list":\[\]/,
    why: "PyIceberg 0.12.0 turns a null list inside a struct into an empty one; pyarrow reads the same file as null",
  },
  {
    engine: "duckdb",
    subject: "by_truncate_50_dec_truncate_2_bin",
    title: /^where .*dec .*-/,
    error: /Information loss on integer cast/,
    why: "DuckDB 1.5.5 fails to truncate a negative decimal literal",
  },
  {
    engine: "duckdb",
    subject: "by_month_tstz_text",
    title: /^where tstz (eq|lt-eq|gt-eq|in) 19[0-6]\d-/,
    error: /only in filtered full scan/,
    why: "DuckDB 1.5.5 rounds months and days before 1970 towards the epoch, so equality prunes the right partition",
  },
  {
    engine: "duckdb",
    subject: "by_day_ts",
    title: /^where ts (eq|lt-eq|gt-eq|in) 19[0-6]\d-/,
    error: /only in filtered full scan/,
    why: "DuckDB 1.5.5 rounds months and days before 1970 towards the epoch, so equality prunes the right partition",
  },
  {
    engine: "java",
    subject: "identity_odd",
    title: /^\d+ plans: our (tasks|whole plan)/,
    error: /Cannot parse default as a (float|double) value: "(NaN|-?Infinity)"/,
    why: "Java 1.11.0 writes partition values NaN and Infinity into JSON as text, as we do, and cannot read them itself",
  },
  ...["pyiceberg", "duckdb"].map((engine) => ({
    engine,
    subject: "evolved",
    title: /^where b (gt|gt-eq|lt|lt-eq|eq) 0\.(5000000000000001|49999999999999994)/,
    error: /only in filtered full scan \(1\)/,
    why: "rounds a double literal to the float that a promoted column's old file holds; the row is 0.5",
  })),
  ...["appended_*", "committed_*"].map((subject) => ({
    engine: "pyiceberg",
    subject,
    title: /^where .*tenant (lt|lt-eq|gt|gt-eq) /,
    error: /TypeError: '[<>]=?' not supported between instances of 'NoneType' and 'str'/,
    why: "PyIceberg 0.12.0 compares a null partition value with the literal; DuckDB and Java read these rows",
  })),
  ...["equality_*", "compacted_*"].map((subject) => ({
    engine: "clickhouse",
    subject,
    title: /^count$/,
    error: /^Count is \d+, expected \d+$/,
    why: "ClickHouse 26.7 counts rows by metadata, equality deletes or not; DuckDB and Spark count what is left",
  })),
  {
    engine: "java",
    subject: "equality_*",
    title: /^where .*\bn lt(-eq)? /,
    error: /only in java \(\d+\):(\s+\{[^}]*"n":null\})+\s*$/,
    why: "Java 1.11.0's generics take null for less than any literal while planning drops the delete of those rows by its bounds; DuckDB and Spark do not show them",
  },
  {
    engine: "duckdb",
    subject: "evolved_at_once",
    title: /earlier snapshot: before anything changed/,
    error: /required field 'sequence_number' is NULL/,
    why: "DuckDB 1.5.5 reads no manifest list of version 1 once the table is of version 2 or 3; PyIceberg and Java do",
  },
  {
    engine: "spark",
    subject: "*",
    title: /^where .* in /,
    error: /Invalid object: null/,
    why: "Iceberg Java 1.11.0 throws on IN over a string partition column with a null partition",
  },
  {
    engine: "duckdb",
    subject: "eq_partition",
    title: /full scan/,
    error: /only in rows left \(1\):\s+\{"id":1,"name":"b"\}/,
    why: "DuckDB 1.5.5 applies a partition's equality delete to another partition",
  },
  {
    engine: "clickhouse",
    subject: "defaults_v3",
    title: /full scan/,
    error: /level: null ≠ 7/,
    why: "ClickHouse 26.7 does not apply initial defaults",
  },
  {
    engine: "clickhouse",
    subject: "*",
    title: /^where \w+ (gt|lt-eq|eq) 1[0-8]\d\d-/,
    error: /^clickhouse has \d+ rows, filtered full scan has \d+\s+only in [^\n]*:\s+\{[^\n]*"1900-01-01"/,
    why: "ClickHouse 26.7 takes a date literal before 1900 for the first day of 1900, where its dates begin",
  },
  {
    engine: "clickhouse",
    subject: "by_month_day",
    title: /^where day eq 19[0-6]\d-/,
    error: /clickhouse has 0 rows/,
    why: "ClickHouse 26.7 misplaces months of dates before 1970, so equality prunes the right partition",
  },
];

/** The fault that this check is known to show, if any. */
export function knownFault(engine: string, subject: string, title: string): KnownFault | undefined {
  return KNOWN_FAULTS.find(
    (fault) => fault.engine === engine && covers(fault.subject, subject) && fault.title.test(title),
  );
}

function covers(pattern: string, subject: string): boolean {
  return pattern.endsWith("*") ? subject.startsWith(pattern.slice(0, -1)) : pattern === subject;
}
