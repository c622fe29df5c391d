/** A reader of tokens: what every part of the DDL parser shares. Spec: none. @module */
import type { IcebergError } from "../base/index.ts";
import { type DdlToken, ddlFault, ddlTokens } from "./ddl-tokens.ts";

/** Where parsing stands. */
export class DdlReader {
  private readonly text: string;
  private readonly tokens: readonly DdlToken[];
  private index = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = ddlTokens(text);
  }

  /** The next token; the end token again at the end. */
  get next(): DdlToken {
    return this.tokens[this.index]!;
  }

  /** Whether all is read. */
  isAtEnd(): boolean {
    return this.next.kind === "end";
  }

  take(): DdlToken {
    const token = this.next;
    if (token.kind !== "end") this.index++;
    return token;
  }

  /** Takes these keywords if they come next. */
  keywords(...words: readonly string[]): boolean {
    const matches = words.every((word, offset) => {
      const token = this.tokens[this.index + offset];
      return token?.kind === "word" && !token.quoted && token.text.toUpperCase() === word;
    });
    if (matches) this.index += words.length;
    return matches;
  }

  /** Takes a sign if it comes next. */
  sign(text: string): boolean {
    const matches = this.next.kind === "sign" && this.next.text === text;
    if (matches) this.index++;
    return matches;
  }

  expectKeywords(...words: readonly string[]): void {
    if (!this.keywords(...words)) throw this.expected(words.join(" "));
  }

  expectSign(text: string): void {
    if (!this.sign(text)) throw this.expected(text);
  }

  /** A name: a word, quoted or not. */
  name(what: string): string {
    const token = this.next;
    if (token.kind !== "word" || token.text === "") throw this.expected(what);
    this.index++;
    return token.text;
  }

  /** Names joined by dots. */
  path(what: string): readonly string[] {
    const names = [this.name(what)];
    while (this.sign(".")) names.push(this.name(what));
    return names;
  }

  /** Text in quotes. */
  literal(what: string): string {
    const token = this.next;
    if (token.kind !== "text") throw this.expected(what);
    this.index++;
    return token.text;
  }

  wholeNumber(what: string): number {
    const token = this.next;
    if (token.kind !== "number" || !/^\d{1,9}$/.test(token.text)) throw this.expected(what);
    this.index++;
    return Number(token.text);
  }

  /** `( item, … )`, at least one. */
  list<T>(item: () => T): readonly T[] {
    this.expectSign("(");
    const items = [item()];
    while (this.sign(",")) items.push(item());
    this.expectSign(")");
    return items;
  }

  /** Items separated by commas without brackets. */
  items<T>(item: () => T): readonly T[] {
    const items = [item()];
    while (this.sign(",")) items.push(item());
    return items;
  }

  /** The error for anything but `what`. */
  expected(what: string): IcebergError {
    const { kind, text } = this.next;
    const found = kind === "end" ? "the end" : JSON.stringify(text);
    return this.fault(`expected ${what}, found ${found}`);
  }

  /** An error at the next token, or at an earlier one. */
  fault(why: string, at: DdlToken = this.next): IcebergError {
    return ddlFault(this.text, at.at, why);
  }
}
