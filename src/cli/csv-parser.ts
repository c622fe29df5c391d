/** Comma-separated values, piece by piece. Spec: RFC 4180. @module */

/** A field: its text, and whether it stood in quotes. */
export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

/** One record. With a `fault` the fields are those before it. */
export interface CsvRecord {
  readonly fields: readonly CsvField[];
  /** The record as it stood in the text, without its line end. */
  readonly source: string;
  readonly fault?: string;
}

/** More characters than that in one record mean that a quote was never closed. */
const MAX_RECORD = 1 << 24;

/**
 * Splits text into records. Fields in quotes may hold delimiters, line ends and doubled quotes; lines end in LF or
 * CRLF. A record that breaks the rules ends at the next line end.
 */
export class CsvParser {
  private readonly delimiter: string;
  private rest = "";

  constructor(delimiter: string) {
    this.delimiter = delimiter;
  }

  /** Takes more text; answers the records it completes. */
  push(text: string): readonly CsvRecord[] {
    this.rest = this.rest === "" ? text : this.rest + text;
    const records = this.take(false);
    // What is left is one record that is not complete: a fault of its own when it cannot be meant.
    if (this.rest.length <= MAX_RECORD) return records;
    return [...records, this.broken(`it has more than ${MAX_RECORD} characters; is a quote not closed?`)];
  }

  /** The records left at the end of the text. */
  end(): readonly CsvRecord[] {
    const records = this.take(true);
    this.rest = "";
    return records;
  }

  private take(isFinal: boolean): CsvRecord[] {
    const { rest } = this;
    const records: CsvRecord[] = [];
    let from = 0;
    while (from < rest.length) {
      const found = this.record(rest, from, isFinal);
      if (found === undefined) break;
      records.push(found.record);
      from = found.next;
    }
    this.rest = rest.slice(from);
    return records;
  }

  /** One record from `from` on; `undefined` when the text ends inside it. */
  private record(text: string, from: number, isFinal: boolean): Found | undefined {
    const lineEnd = text.indexOf("\n", from);
    if (lineEnd < 0 && !isFinal) return undefined;
    const end = lineEnd < 0 ? text.length : lineEnd;
    const line = text.slice(from, text[end - 1] === "\r" && end > from ? end - 1 : end);
    // Most records have no quotes.
    if (!line.includes('"')) {
      const fields = line.split(this.delimiter).map((field) => ({ text: field, quoted: false }));
      return { record: { fields, source: line }, next: end + 1 };
    }
    return this.quotedRecord(text, from, isFinal);
  }

  private quotedRecord(text: string, from: number, isFinal: boolean): Found | undefined {
    const fields: CsvField[] = [];
    let at = from;
    for (;;) {
      if (text[at] === '"') {
        const close = closingQuote(text, at + 1);
        // A quote at the very end may be the first half of a doubled one.
        if (close === undefined || (close + 1 === text.length && !isFinal)) {
          return isFinal ? fault(text, from, text.length, fields, "a quote is not closed") : undefined;
        }
        fields.push({ text: text.slice(at + 1, close).replaceAll('""', '"'), quoted: true });
        at = close + 1;
      } else {
        const start = at;
        while (at < text.length && text[at] !== this.delimiter && text[at] !== "\n" && text[at] !== '"') at++;
        if (text[at] === '"') {
          return this.skipLine(text, from, at, isFinal, fields, "a quote inside a field without quotes");
        }
        const isLast = at >= text.length || text[at] === "\n";
        const field = text.slice(start, isLast && text[at - 1] === "\r" && at > start ? at - 1 : at);
        fields.push({ text: field, quoted: false });
      }
      if (at >= text.length && !isFinal) return undefined;
      if (text[at] === this.delimiter) {
        at++;
        continue;
      }
      const end = text[at] === "\r" && (text[at + 1] === "\n" || at + 1 === text.length) ? at + 1 : at;
      if (end < text.length && text[end] !== "\n") {
        return this.skipLine(text, from, at, isFinal, fields, "text after a closing quote");
      }
      if (end >= text.length && !isFinal) return undefined;
      return { record: { fields, source: text.slice(from, at).replace(/\r$/, "") }, next: end + 1 };
    }
  }

  /** The record is broken at `at`: the next begins after the next line end. */
  private skipLine(
    text: string,
    from: number,
    at: number,
    isFinal: boolean,
    fields: readonly CsvField[],
    why: string,
  ): Found | undefined {
    const end = text.indexOf("\n", at);
    if (end < 0 && !isFinal) return undefined;
    return fault(text, from, end < 0 ? text.length : end, fields, why);
  }

  private broken(why: string): CsvRecord {
    const record = { fields: [], source: this.rest.slice(0, 1000), fault: why };
    this.rest = "";
    return record;
  }
}

interface Found {
  readonly record: CsvRecord;
  /** Where the next record begins. */
  readonly next: number;
}

function fault(text: string, from: number, end: number, fields: readonly CsvField[], why: string): Found {
  const source = text.slice(from, end).replace(/\r$/, "");
  return { record: { fields, source, fault: why }, next: end + 1 };
}

/** Index of the quote that closes a field whose text begins at `from`; doubled quotes are passed over. */
function closingQuote(text: string, from: number): number | undefined {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return undefined;
}
