const KIBI = 1024;

/** Three significant digits, as short as they get: `0.0235`, `1.5`, `-2.68`, `3e-7`. */
export function shortNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return Math.abs(value) < 1e15 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}

/** A size in bytes with binary multiples, as file managers write it: `1.2 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= KIBI && unit < units.length - 1) {
    value /= KIBI;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)))} ${units[unit] ?? ''}`;
}

/** A count in thousands, millions or billions: `25.6 M`. */
export function countText(count: number): string {
  const units = ['', ' K', ' M', ' G', ' T'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${shortNumber(value)}${units[unit] ?? ''}`;
}

/** A share of 0..1 in percent: `37 %`, `0.4 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent !== 0 && Math.abs(percent) < 10 ? String(Number(percent.toPrecision(2))) : String(Math.round(percent))} %`;
}

/** Milliseconds: `0.42 ms`, `12 ms`. */
export function millisecondsText(value: number): string {
  return `${value >= 100 ? String(Math.round(value)) : shortNumber(value)} ms`;
}
