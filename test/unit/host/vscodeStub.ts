/** The part of the VS Code API that texts are made with: returns the English text with its arguments filled in. */
export const l10n = {
  t(text: string, ...values: readonly (string | number)[]): string {
    return values.length === 0
      ? text
      : text.replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
  },
};
