import { l10n } from 'vscode';
import { GRAPH_STRINGS } from '../../protocol/graphStrings';
import type { GraphStrings } from '../../protocol';

/** The texts of the graph panel in the person's language; a test holds the translations against the table. */
export function graphStrings(): GraphStrings {
  const translated = Object.entries(GRAPH_STRINGS).map(([key, english]) => [key, l10n.t(english)]);
  // The same keys as in the table.
  return Object.fromEntries(translated) as GraphStrings;
}
