/** Text for terminals: colours, display width, and text from outside made harmless. Spec: none. @module */
import { stripVTControlCharacters } from "node:util";

/** Colours, or plain text where there is no terminal or `NO_COLOR` is set. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
}

export const PLAIN: Paint = Object.freeze({
  bold: (text: string) => text,
  dim: (text: string) => text,
  red: (text: string) => text,
});

const COLOURED: Paint = Object.freeze({
  bold: (text: string) => `\x1b[1m${text}\x1b[22m`,
  dim: (text: string) => `\x1b[2m${text}\x1b[22m`,
  red: (text: string) => `\x1b[31m${text}\x1b[39m`,
});

/** Colours for a stream: only for terminals, never against `NO_COLOR` (no-color.org) or on a dumb terminal. */
export function paintFor(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const refused = (environment.NO_COLOR ?? "") !== "" || environment.TERM === "dumb";
  return isTerminal && !refused ? COLOURED : PLAIN;
}

/**
 * Text from a file on one line and without control characters: telemetry is untrusted and must not steer the
 * terminal. Line ends, tabs and other controls become visible escapes.
 */
export function harmless(text: string): string {
  return CONTROLS.test(text) ? text.replace(EACH_CONTROL, escaped) : text;
}

const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const EACH_CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Columns a text takes in a terminal; colours take none, East Asian and emoji characters two. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += widthOf(character);
  return width;
}

/** Cuts a text to a display width, marking the cut with `…`. */
export function shorten(text: string, width: number): string {
  // Text of half as many units as columns fits whatever it holds.
  if (text.length * 2 <= width || displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const character of text) {
    const next = widthOf(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…`;
}

/** Cuts a text to a display width at its start. */
export function shortenStart(text: string, width: number): string {
  if (text.length * 2 <= width || displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const character of [...text].reverse()) {
    const next = widthOf(character);
    if (used + next > width - 1) break;
    kept = character + kept;
    used += next;
  }
  return `…${kept}`;
}

/** Pads to a display width, on the left for numbers. */
export function pad(text: string, width: number, right = false): string {
  const gap = " ".repeat(Math.max(0, width - displayWidth(text)));
  return right ? gap + text : text + gap;
}

const ASCII = /^[\x20-\x7e]*$/;
const ZERO_WIDTH = /^[\p{M}\p{Cf}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

function widthOf(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
