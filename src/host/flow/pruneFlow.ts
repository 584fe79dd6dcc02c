import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { PruneMethod, PrunePreview } from '../../protocol';
import { dataChoices } from '../datasets/dataChoices';
import { findData } from '../datasets/findData';
import { type DataSelection, recallData } from '../datasets/rememberedData';
import { searchRoots } from '../datasets/searchRoots';
import { askData } from './dataStep';
import { askAmount } from './pruneAmountStep';
import { methodText, PRUNE_METHODS, takesAmount } from './pruneMethods';
import { askStep } from './steps';

/** What a person chose. */
export interface PruneChoice {
  readonly method: PruneMethod;
  readonly amount?: number | undefined;
  /** Layers that stay as they are, besides those of the setting. */
  readonly protect?: readonly string[] | undefined;
  readonly data: DataSelection;
}

/** Asks the engine what amounts would make of the model; undefined when that fails or is cancelled. */
export type AskPreview = (method: PruneMethod, protect: readonly string[]) => Promise<PrunePreview | undefined>;

/** Asks for method, amount and data; undefined when the person leaves. `protect` is what stays at first. */
export async function askPrune(
  model: vscode.Uri,
  state: vscode.Memento,
  protect: readonly string[],
  preview: AskPreview,
): Promise<PruneChoice | undefined> {
  const title = vscode.l10n.t('Prune {0}', basename(model.fsPath));
  const places = findData(searchRoots(model));
  let method: PruneMethod | undefined;
  for (;;) {
    method = await askMethod(title, method);
    if (method === undefined) return undefined;
    const chosen = takesAmount(method) ? await askAmount(title, method, protect, preview) : { protect };
    if (chosen === undefined) return undefined;
    if (chosen === 'back') continue;
    const choices = dataChoices(model.fsPath, await places);
    const data = await askData(title, model, recallData(state, model.fsPath), choices, 3, 'prune');
    if (data === undefined) return undefined;
    if (data !== 'back') return { method, ...chosen, data };
  }
}

async function askMethod(title: string, chosen: PruneMethod | undefined): Promise<PruneMethod | undefined> {
  const items = PRUNE_METHODS.map((method) => ({ method, ...methodText(method) }));
  const answer = await askStep({
    title,
    step: 1,
    totalSteps: 3,
    placeholder: vscode.l10n.t('What should be taken out?'),
    items,
    active: items.find((item) => item.method === chosen),
  });
  return answer === 'back' ? undefined : answer?.method;
}
