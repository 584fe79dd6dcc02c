import { basename } from 'node:path';
import { l10n } from 'vscode';
import type { FusionResult, FusionVerdict } from '../../protocol';
import { adviceText } from './adviceText';
import { fusionFixText, fusionReasonText, fusionVerdictText, portabilityText } from './fusionSentenceText';

/** A fusion check as a Markdown document: counts, what to do, and every node. */
export function fusionText({ model, counts, conversions, advice, nodes, portability }: FusionResult): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = nodes.map(
    ({ node, opType, verdict, kernel, reason, fix }) =>
      `| ${[
        node,
        opType,
        fusionVerdictText(verdict),
        kernel ?? '',
        reason ? fusionReasonText(reason) : '',
        fix ? fusionFixText(fix) : '',
      ]
        .map(cell)
        .join(' | ')} |`,
  );
  const verdicts = Object.entries(counts).map(
    // Its keys are the verdicts.
    ([verdict, count]) => `${fusionVerdictText(verdict as FusionVerdict)}: ${count}`,
  );
  return [
    `# ${l10n.t('Fusion check of {0}', basename(model))}`,
    '',
    `${verdicts.join(', ')}. ${l10n.t('Conversions that run: {0}.', conversions)}`,
    ...(portability === undefined ? [] : ['', portabilityText(portability.verdict)]),
    ...advice.flatMap((item) => ['', `- ${adviceText(item, undefined)}`]),
    '',
    `| ${[l10n.t('Node'), l10n.t('Operator'), l10n.t('Result'), l10n.t('Kernel'), l10n.t('Reason'), l10n.t('What to do')].join(' | ')} |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
