/** How a column lies under its heading. */
export type Alignment = 'left' | 'right';

/** Characters between two columns. */
const GAP = '  ';

/**
 * Lays rows out in aligned columns; the first row is the heading. Columns are left-aligned unless said otherwise.
 * Trailing blanks are cut, so that copied output is clean.
 */
export function textTable(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string {
  const columnCount = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columnCount }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  return rows
    .map((row) =>
      widths
        .map((width, column) => pad(row[column] ?? '', width, alignments[column] ?? 'left'))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** The columns that a text takes on a terminal: one a character, two for wide East Asian ones and emoji. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  return width;
}

function pad(text: string, width: number, alignment: Alignment): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return alignment === 'left' ? text + blanks : blanks + text;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff)
  );
}
