import * as vscode from 'vscode';
import { askComparisonData, runComparison } from '../comparison/compareFlow';
import { freshComparison, type KeptComparison } from '../comparison/comparisonRecords';
import { measuredData, readFoundReport, reportOfModel, reportOfPair } from '../comparison/pairReport';
import type { ActiveGraph } from '../graph/activeGraph';
import { inReadingOrder } from '../graph/relatedModels';
import { CommandId, ContextKey } from '../ids';
import { resolvePair } from '../modelPair';
import { showError } from '../notify';
import { ComparisonPanels } from '../panels/comparisonPanel';
import type { Services } from '../services';
import { askForTrust } from '../trust';

/** Two models, and the data that their report says they were measured on. */
interface Pair {
  readonly before: string;
  readonly after: string;
  readonly data?: string | undefined;
}

/**
 * Registers *Compare Models*: `executeCommand(id, uri?, selection?)`; `uri` is a model or a report.
 * A comparison that is still true is shown at once; *Measure Again* is a button of its panel.
 */
export function registerCompareCommand(services: Services, graphs: ActiveGraph): void {
  const panels = new ComparisonPanels(services, graphs);
  const show = async (comparison: KeptComparison): Promise<void> => {
    await panels.show(comparison);
    await vscode.commands.executeCommand('setContext', ContextKey.hasCompared, true);
  };
  services.context.subscriptions.push(
    panels,
    vscode.commands.registerCommand(CommandId.compareModels, async (argument: unknown, selection: unknown) => {
      let place = argument instanceof vscode.Uri ? argument.fsPath : '';
      try {
        const pair = await findPair(argument, selection);
        if (pair === undefined) return;
        place = pair.after;
        const { before, after, data } = pair;
        const fresh = await freshComparison(before, after, data);
        if (fresh !== undefined) return await show(fresh);
        if (!vscode.workspace.isTrusted) {
          await askForTrust(
            vscode.l10n.t('Comparing runs the models in native code, so it needs a trusted workspace.'),
          );
          return;
        }
        const chosen = await askComparisonData(services, before, data);
        if (chosen === undefined) return;
        await show(await runComparison(services, { before, after, ...chosen }));
      } catch (error) {
        showError(services, error, place);
      }
    }),
  );
}

async function findPair(argument: unknown, selection: unknown): Promise<Pair | undefined> {
  if (argument instanceof vscode.Uri && argument.path.endsWith('.report.json')) {
    const found = await readFoundReport(argument.fsPath);
    return { before: found.source, after: found.output, data: await measuredData(found) };
  }
  const models = await resolvePair(argument, selection, {
    question: (first) => vscode.l10n.t('Which model should be compared with {0}?', first),
    none: (first) => vscode.l10n.t('There is no other .onnx file in this workspace to compare with {0}.', first),
  });
  if (models === undefined) return undefined;
  const [before, after] = await inReadingOrder(models[0].fsPath, models[1].fsPath);
  // Two runs are compared on what either was measured on.
  const found = (await reportOfPair(before, after)) ?? (await reportOfModel(after)) ?? (await reportOfModel(before));
  return { before, after, data: found && (await measuredData(found)) };
}
