/** Grouped bars as an SVG picture that stands by itself, legible on light and dark grounds. Spec: none. @module */

/** One bar: its length is a share of the whole, its label says the rest. */
export interface Bar {
  /** Empty where there is but one: bars then begin at the margin. */
  readonly series: string;
  /** From 0 to 1. */
  readonly share: number;
  readonly label: string;
}

export interface BarGroup {
  readonly title: string;
  readonly subtitle?: string;
  readonly bars: readonly Bar[];
}

export interface BarChart {
  readonly title: string;
  readonly subtitle: string;
  readonly groups: readonly BarGroup[];
}

const WIDTH = 960;
const MARGIN = 24;
/** Where bars begin that have the names of their series before them. */
const NAMED = 190;
const BAR_WIDTH = 430;
const BAR = 16;
const STEP = 21;
/** Told apart by people who see no red or green as well (Okabe and Ito). */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442"];

/** Draws the chart; every text is escaped. Bars that are not empty are at least two pixels wide. */
export function barChartSvg({ title, subtitle, groups }: BarChart): string {
  const series = [...new Set(groups.flatMap(({ bars }) => bars.map((bar) => bar.series)))];
  const colour = new Map(series.map((name, at) => [name, COLOURS[at % COLOURS.length]!]));
  const parts: string[] = [];
  const left = series.every((name) => name === "") ? MARGIN : NAMED;
  let y = 78;
  for (const group of groups) {
    parts.push(text(MARGIN, y, group.title, "group"));
    if (group.subtitle !== undefined) parts.push(text(MARGIN, y + 16, group.subtitle, "note"));
    y += group.subtitle === undefined ? 12 : 28;
    for (const { series: name, share, label } of group.bars) {
      const length = share === 0 ? 0 : Math.max(2, Math.min(1, share) * BAR_WIDTH);
      parts.push(
        text(left - 10, y + 12, name, "series"),
        `<rect class="whole" x="${left}" y="${y}" width="${BAR_WIDTH}" height="${BAR}" rx="2"/>`,
        `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2" fill="${colour.get(name)}"/>`,
        text(left + BAR_WIDTH + 10, y + 12, label, "label"),
      );
      y += STEP;
    }
    y += 26;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${y}"/>`,
    text(MARGIN, 28, title, "title"),
    text(MARGIN, 46, subtitle, "note"),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

const STYLE = [
  "text{font-family:system-ui,sans-serif;font-size:12px;fill:#222}",
  ".title{font-size:17px;font-weight:600}.group{font-size:14px;font-weight:600}",
  ".note{fill:#666}.series{text-anchor:end}",
  ".ground{fill:#fff}.whole{fill:#eceff1}",
  "@media(prefers-color-scheme:dark){text{fill:#e6e6e6}.note{fill:#a0a0a0}.ground{fill:#16181b}.whole{fill:#2b2f34}}",
].join("");

function text(x: number, y: number, content: string, kind: string): string {
  return `<text x="${x}" y="${y}" class="${kind}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
