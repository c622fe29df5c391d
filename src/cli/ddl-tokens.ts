/** Spark SQL's DDL as tokens, with names of things quoted and unquoted. Spec: none. @module */
import { IcebergError } from "../base/index.ts";
import { harmless } from "./terminal.ts";

/** One token; `at` is its offset in the text. */
export type DdlToken =
  /** A word as it stands; keywords are words. `quoted`: it stood in backquotes and is never a keyword. */
  | { readonly kind: "word"; readonly text: string; readonly quoted: boolean; readonly at: number }
  | { readonly kind: "text"; readonly text: string; readonly at: number }
  | { readonly kind: "number"; readonly text: string; readonly at: number }
  | { readonly kind: "sign"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

const PATTERN =
  /\s+|--[^\n]*|\/\*.*?\*\/|`((?:[^`]|``)*)`|'((?:[^'\\]|\\.|'')*)'|"((?:[^"\\]|\\.|"")*)"|(-?\d+(?:\.\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|([(),<>:=.;[\]])/suy;

/** Splits a text. Throws `invalid-argument` naming line and column of what is no token. */
export function ddlTokens(text: string): readonly DdlToken[] {
  const tokens: DdlToken[] = [];
  const pattern = new RegExp(PATTERN);
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) throw ddlFault(text, at, `found ${JSON.stringify(text.slice(at, at + 12))}`);
    const [, backquoted, single, double, number, word, sign] = found;
    if (backquoted !== undefined) {
      tokens.push({ kind: "word", text: backquoted.replaceAll("``", "`"), quoted: true, at });
    } else if (single !== undefined) {
      tokens.push({ kind: "text", text: unescaped(single, "'"), at });
    } else if (double !== undefined) {
      tokens.push({ kind: "text", text: unescaped(double, '"'), at });
    } else if (number !== undefined) {
      tokens.push({ kind: "number", text: number, at });
    } else if (word !== undefined) {
      tokens.push({ kind: "word", text: word, quoted: false, at });
    } else if (sign !== undefined) {
      tokens.push({ kind: "sign", text: sign, at });
    }
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

/** An error that says where in the text it is. */
export function ddlFault(text: string, at: number, why: string): IcebergError {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  return new IcebergError(
    "invalid-argument",
    `Cannot read the DDL at line ${line}, column ${column}: ${why}`,
    {
      context: { line, column },
    },
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", 0: "\0", Z: "\x1a" };

/** Spark's escapes of text: a backslash, or the quote twice. */
function unescaped(text: string, quote: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\(.)|''|""/gsu, (all, unicode?: string, letter?: string) => {
    if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
    if (letter === undefined) return all[0] === quote ? quote : all;
    // `\%` and `\_` keep their backslash: they are patterns of LIKE.
    return ESCAPES[letter] ?? (letter === "%" || letter === "_" ? all : letter);
  });
}

/** Text as a Spark SQL literal. */
export function ddlText(text: string): string {
  // Control characters leave as escapes that Spark reads back: `\n`, `\u001b`.
  const escaped = harmless(text.replaceAll("\\", "\\\\").replaceAll("'", "\\'"));
  return `'${escaped}'`;
}

/**
 * A name as Spark SQL spells it: in backquotes unless it is a plain word that means nothing else. Backquotes know no
 * escapes: control characters in a name come out as visible ones, which make another name.
 */
export function ddlName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED.has(name.toUpperCase())
    ? name
    : `\`${harmless(name).replaceAll("`", "``")}\``;
}

/** Words the SQL standard reserves; Spark does when told to, and other engines do always. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "ALL AND ANY AS ASC AUTHORIZATION BETWEEN BOTH BY CASE CAST CHECK COLLATE COLUMN COMMENT CONSTRAINT CREATE CROSS " +
    "CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEFAULT DELETE DESC DISTINCT DROP ELSE END ESCAPE " +
    "EXCEPT EXISTS FALSE FETCH FILTER FOR FOREIGN FROM FULL GRANT GROUP HAVING IN INNER INSERT INTERSECT INTO IS JOIN " +
    "LATERAL LEADING LEFT LIKE LIMIT MINUS NATURAL NOT NULL NULLS OFFSET ON ONLY OR ORDER OUTER OVERLAPS PRIMARY " +
    "REFERENCES RIGHT ROLLBACK SELECT SESSION_USER SET SOME SYSTEM TABLE THEN TO TRAILING TRUE UNION UNIQUE UNKNOWN " +
    "UPDATE USER USING VALUES VIEW WHEN WHERE WINDOW WITH WITHIN"
  ).split(" "),
);
