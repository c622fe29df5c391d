/** Decimals between text and unscaled integers. Spec: Primitive Types, Appendix D. @module */
import { IcebergError } from "../base/index.ts";

/** A decimal as its digits: `unscaled * 10^-scale`. */
export interface DecimalParts {
  readonly unscaled: bigint;
  readonly scale: number;
}

export interface ParseDecimalOptions {
  /** Demand exactly `scale` fractional digits, as the JSON form does (SCH-048). Default: zeros may be added or dropped. */
  readonly exactScale?: boolean;
}

/** Largest exponent read: far beyond any decimal(38), small enough that nobody can make us build huge integers. */
const MAX_EXPONENT = 1000;

/**
 * Unscaled value of decimal text such as `14.20` or `1E-7` at a given scale. Never rounds.
 * @throws IcebergError `invalid-argument` when the text is no number, has digits below the scale or more than
 * `precision` digits.
 */
export function parseDecimal(
  text: string,
  precision: number,
  scale: number,
  options: ParseDecimalOptions = {},
): bigint {
  const parts = decimalParts(text);
  if (options.exactScale === true && parts.scale !== scale) {
    fail(text, precision, scale, `it has scale ${parts.scale}`);
  }
  return rescaleDecimal(parts, precision, scale);
}

/** A decimal at another scale, without rounding. Throws `invalid-argument` when digits or precision would be lost. */
export function rescaleDecimal(parts: DecimalParts, precision: number, scale: number): bigint {
  const shift = scale - parts.scale;
  let unscaled = parts.unscaled;
  if (shift > 0) {
    unscaled *= 10n ** BigInt(shift);
  } else if (shift < 0) {
    const divisor = 10n ** BigInt(-shift);
    if (unscaled % divisor !== 0n) {
      fail(formatDecimal(parts.unscaled, parts.scale), precision, scale, "it has more fractional digits");
    }
    unscaled /= divisor;
  }
  if (!fitsPrecision(unscaled, precision)) {
    fail(formatDecimal(parts.unscaled, parts.scale), precision, scale, "it has too many digits");
  }
  return unscaled;
}

/** The digits and scale of decimal text as written: `14.20` is 1420 at scale 2, `1E-7` is 1 at scale 7. */
export function decimalParts(text: string): DecimalParts {
  const match = DECIMAL.exec(text);
  const exponent = Number(match?.[4] ?? 0);
  if (match === null || (match[2] === "" && (match[3] ?? "") === "") || Math.abs(exponent) > MAX_EXPONENT) {
    throw new IcebergError("invalid-argument", `Cannot read ${JSON.stringify(text)} as a decimal number`, {
      context: { text },
    });
  }
  const fraction = match[3] ?? "";
  const digits = BigInt(match[2]! + fraction);
  return { unscaled: match[1] === "-" ? -digits : digits, scale: fraction.length - exponent };
}

/** Whether an unscaled value has at most `precision` digits. */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  const limit = POWERS[precision] ?? 10n ** BigInt(precision);
  return unscaled < limit && -unscaled < limit;
}

/** Plain digits with exactly `scale` of them after the point; a negative scale prints as `2E+20`. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  if (scale < 0) return `${unscaled}E+${-scale}`;
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const POWERS = Array.from({ length: 39 }, (_, power) => 10n ** BigInt(power));

function fail(text: string, precision: number, scale: number, why: string): never {
  throw new IcebergError(
    "invalid-argument",
    `Cannot read ${JSON.stringify(text)} as decimal(${precision}, ${scale}): ${why}`,
    { context: { text, precision, scale } },
  );
}
