/** The widest of the usual interface fonts (DejaVu Sans) is this much wider than the table; a wider one is cut with an ellipsis. */
const WIDE_FONT = 1.18;
const BOLD = 1.1;
const ELLIPSIS = '…';

/** Advance widths of a common sans-serif face in thousandths of the font size, by the characters that share them. */
const WIDTHS: readonly (readonly [width: number, characters: string])[] = [
  [222, "ijl'`|"],
  [278, ' ftI.,:;!/\\[]·'],
  [333, 'r()-"°'],
  [389, '*'],
  [500, 'ckJsvxyz'],
  [600, '+=<>~^−'],
  [700, '×'],
  [611, 'FTZ'],
  [667, 'ABEKPSVXY&'],
  [722, 'wCDHNRU'],
  [778, 'GOQ'],
  [833, 'mM'],
  [889, '%'],
  [944, 'W'],
  [1000, '…@→←↑↓—'],
];
const OTHER_NARROW = 556;
const FULL_WIDTH = 1000;

const ASCII = new Float64Array(128).fill(OTHER_NARROW);
const BEYOND = new Map<number, number>();
for (const [width, characters] of WIDTHS) {
  for (const character of characters) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 128) ASCII[code] = width;
    else BEYOND.set(code, width);
  }
}

/**
 * Width of a text in CSS pixels at a font size, by a fixed table: the same on every machine, so that layouts are too.
 * The font of the page may differ by some percent.
 */
export function textWidth(text: string, fontSize: number, bold = false): number {
  let units = 0;
  for (const character of text) units += characterUnits(character.codePointAt(0) ?? 0);
  return (units / 1000) * fontSize * WIDE_FONT * (bold ? BOLD : 1);
}

/** The text, cut with an ellipsis so that it is at most `width` CSS pixels wide by the table. */
export function truncateText(text: string, width: number, fontSize: number, bold = false): string {
  if (textWidth(text, fontSize, bold) <= width) return text;
  const room = width - textWidth(ELLIPSIS, fontSize, bold);
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += textWidth(character, fontSize, bold);
    if (used > room) break;
    kept += character;
  }
  return kept + ELLIPSIS;
}

function characterUnits(code: number): number {
  if (code < 128) return ASCII[code] ?? OTHER_NARROW;
  const known = BEYOND.get(code);
  if (known !== undefined) return known;
  if (code >= 0x300 && code <= 0x36f) return 0; // combining marks
  return code >= 0x1100 ? FULL_WIDTH : OTHER_NARROW;
}
