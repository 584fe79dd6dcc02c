import type { Proportion, Spread } from '../../src/protocol/index';

/** Replaces `{0}`, `{1}`... by the values. */
export function fill(template: string, ...values: readonly string[]): string {
  return template.replace(/\{(\d+)\}/g, (whole, index: string) => values[Number(index)] ?? whole);
}

/** Number formats of one language. */
export interface Formats {
  /** Three to four significant digits, for scales and errors. */
  readonly significant: (value: number) => string;
  /** Fixed number of decimals. */
  readonly fixed: (value: number, decimals: number) => string;
  /** A proportion in percent with two decimals. */
  readonly percent: (value: number) => string;
  /** With sign: `+0.10`, `−0.30`, `0.00`. */
  readonly signed: (value: number, decimals: number) => string;
  readonly integer: (value: number) => string;
}

/**
 * Creates the formats of a language; an unknown tag falls back to English.
 * Each is made at its first use: a browser takes tens of milliseconds for the first of a page.
 */
export function createFormats(locale: string): Formats {
  const language = lazily(() => (isLanguage(locale) ? locale : 'en'));
  const lazyFormat = (options: Intl.NumberFormatOptions): ((value: number) => string) => {
    const format = lazily(() => new Intl.NumberFormat(language(), options));
    return (value) => format().format(value);
  };
  const significant = lazyFormat({ maximumSignificantDigits: 4 });
  const scientific = lazyFormat({ notation: 'scientific', maximumSignificantDigits: 3 });
  const integer = lazyFormat({ maximumFractionDigits: 0 });
  const fixed = (value: number, decimals: number): string =>
    new Intl.NumberFormat(language(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(
      value,
    );
  return {
    significant: (value) => {
      const size = Math.abs(value);
      return size !== 0 && (size < 1e-3 || size >= 1e6) ? scientific(value) : significant(value);
    },
    fixed,
    percent: (value) => `${fixed(value * 100, 2)} %`,
    signed: (value, decimals) => {
      const text = fixed(Math.abs(value), decimals);
      if (Number(Math.abs(value).toFixed(decimals)) === 0) return text;
      return `${value > 0 ? '+' : '−'}${text}`;
    },
    integer,
  };
}

/** The low and high end of an interval as texts. */
export function ends(interval: Proportion | Spread, format: (value: number) => string): [string, string] {
  return [format(interval.low), format(interval.high)];
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}
