/** Walks the rows of a flat column, page after page. @module */
import { IcebergError } from "../base/index.ts";
import type { Field } from "../schema/index.ts";
import type { Page, PageReader } from "./page-reader.ts";
import type { ParquetNode } from "./tree.ts";

/** A flat column of a row group, read front to back. `V`: the form its values come in. */
export abstract class PagedColumn<V> {
  protected readonly field: Field;
  protected readonly node: ParquetNode;
  private readonly pages: PageReader<V>;
  private page: Page<V> | undefined;
  private pageStart = 0;
  /** Row within the page, and how many of the rows before it have a value. */
  private row = 0;
  private value = 0;

  constructor(field: Field, node: ParquetNode, pages: PageReader<V>) {
    this.field = field;
    this.node = node;
    this.pages = pages;
  }

  /** Moves ahead to a row, counted within the row group. */
  seek(row: number): void {
    if (this.pages.seek(row)) this.load();
    const target = row - this.pageStart;
    if (this.page === undefined || target < this.row || target >= this.page.count) throw this.tooFew();
    const value = this.presentBefore(this.page, target);
    this.page.values.skip(value - this.value);
    this.row = target;
    this.value = value;
  }

  /** Gives the memory of the last page back. */
  close(): void {
    this.page = undefined;
    this.pages.close();
  }

  /** Calls `use` for stretches of rows within one page: `rows` rows from `row` on, of which `present` have a value. */
  protected take(
    count: number,
    use: (values: V, page: Page<V>, row: number, rows: number, present: number) => void,
  ): void {
    for (let left = count; left > 0; ) {
      const page = this.page === undefined || this.row === this.page.count ? this.load() : this.page;
      const rows = Math.min(left, page.count - this.row);
      if (rows === 0) continue;
      const present =
        page.present === page.count ? rows : this.presentBefore(page, this.row + rows) - this.value;
      use(page.values.take(present), page, this.row, rows, present);
      this.row += rows;
      this.value += present;
      left -= rows;
    }
  }

  private presentBefore({ definition, present, count }: Page<V>, row: number): number {
    if (definition === undefined || present === count) return row;
    const { maxDefinition } = this.node;
    let found = this.value;
    for (let i = this.row; i < row; i++) if (definition[i] === maxDefinition) found++;
    return found;
  }

  private load(): Page<V> {
    const page = this.pages.next();
    if (page === undefined) throw this.tooFew();
    if (this.field.required && page.present < page.count) {
      throw this.error("the table requires a value and the file has null");
    }
    this.page = page;
    this.pageStart = page.firstRow ?? 0;
    this.row = 0;
    this.value = 0;
    return page;
  }

  private tooFew(): IcebergError {
    return this.error("it has fewer values than its row group has rows");
  }

  private error(why: string): IcebergError {
    const column = this.node.path.join(".");
    return new IcebergError("corrupt-file", `Cannot read column ${column}: ${why}`, { context: { column } });
  }
}
