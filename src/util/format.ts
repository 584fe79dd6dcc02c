const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;
/** A minus sign that is as wide as a plus, so that changes line up and no line breaks after it. */
const MINUS = '\u2212';

/** Bytes in decimal units with three significant digits: `351 KB`, `46.7 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value.toFixed(0) : significant(value)} ${BYTE_UNITS[unit] ?? ''}`;
}

/** A duration given in milliseconds, in the unit that reads best: `85.0 µs`, `1.32 ms`, `12.4 s`, `3 min 05 s`. */
export function formatMs(ms: number): string {
  if (ms < 0.9995) return `${significant(ms * 1000)} µs`;
  if (ms < 999.5) return `${significant(ms)} ms`;
  if (ms < 59_950) return `${significant(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${padded(Math.floor((seconds % 3600) / 60))} min`;
}

/** A share of one as percent: `91.48 %`. */
export function formatPercent(share: number, digits = 2): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** A difference in percentage points with its sign: `+0.12 points`, `−0.30 points`. */
export function formatPoints(points: number): string {
  return `${formatSigned(points, 2)} points`;
}

/** A number with its sign; what rounds to zero has none. */
export function formatSigned(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return value < 0 ? `${MINUS}${text}` : `+${text}`;
}

/** A factor: `2.81x`. */
export function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${significant(ratio)}x` : 'unknown';
}

/** A whole number with thousands separated: `25,557,032`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A count with its noun: `1 node`, `2 nodes`, `3 classes` (with the plural given). */
export function formatQuantity(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Decibels: `34.2 dB`; null, which reports write for outputs without any difference, is `identical`. */
export function formatDecibels(db: number | null): string {
  return db === null ? 'identical' : `${db.toFixed(1).replace('-', MINUS)} dB`;
}

/** A small quantity such as an error: `0`, `0.00123`, `4.5e-9`, `1,234`. */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'infinite' : `${MINUS}infinite`;
  const size = Math.abs(value);
  if (size < 1e-4) return value.toExponential(1).replace(/-/g, MINUS);
  return (size >= 999.5 ? formatCount(value) : significant(value)).replace('-', MINUS);
}

/** A shape: `[1, 3, 224, 224]`, dynamic dimensions by name or as `?`. */
export function formatDims(dims: readonly (number | string | null)[]): string {
  return `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}

/** Three significant digits, never in exponent form for numbers between 0.0001 and 999. */
function significant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  if (size >= 0.9995) return value.toFixed(2);
  return Number(value.toPrecision(3)).toString();
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}
