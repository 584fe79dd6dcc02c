import * as vscode from 'vscode';
import type { DataChoice } from '../datasets/dataChoices';
import type { DataSelection } from '../datasets/rememberedData';
import { askStep } from './steps';

interface DataItem extends vscode.QuickPickItem {
  readonly value?: DataSelection | 'browse-file' | 'browse-folder';
}

/** More choices than this are not read; *Browse* finds the rest. */
const MAX_CHOICES = 30;

/** What the data is asked for. */
export type DataUse = 'measure' | 'calibrate' | 'prune' | 'train';

/** Asks which data a run uses: the only question, or one of several. A training cannot do without. */
export async function askData(
  title: string,
  model: vscode.Uri,
  remembered: Exclude<DataSelection, 'without'> | undefined,
  choices: readonly DataChoice[],
  step = 2,
  use: DataUse = step === 1 ? 'measure' : 'calibrate',
): Promise<DataSelection | 'back' | undefined> {
  for (;;) {
    const answer = await askStep({
      title,
      step,
      // Only a training asks for something else afterwards.
      totalSteps: use === 'train' ? step + 1 : step,
      placeholder: questionText(use, vscode.workspace.asRelativePath(model)),
      items: dataItems(remembered, choices, use),
    });
    if (answer === undefined || answer === 'back') return answer;
    const { value } = answer;
    if (value !== 'browse-file' && value !== 'browse-folder') return value;
    const path = await browse(value === 'browse-folder', model);
    // A closed dialog leads back to the list.
    if (path !== undefined) return { calibration: path };
  }
}

function questionText(use: DataUse, model: string): string {
  switch (use) {
    case 'measure':
      return vscode.l10n.t('Which data should measure {0}?', model);
    case 'calibrate':
      return vscode.l10n.t('Which data should calibrate {0}?', model);
    case 'prune':
      return vscode.l10n.t('Which data should correct and measure the pruned {0}?', model);
    case 'train':
      return vscode.l10n.t('Which data should {0} be trained on?', model);
  }
}

function dataItems(
  remembered: Exclude<DataSelection, 'without'> | undefined,
  choices: readonly DataChoice[],
  use: DataUse,
): DataItem[] {
  const isRemembered = (choice: DataChoice): boolean =>
    choice.calibration === remembered?.calibration && choice.evaluation === remembered.evaluation;
  const items: DataItem[] = [];
  if (remembered !== undefined) {
    items.push(separator(vscode.l10n.t('Last used for this model')), selectionItem(remembered));
  }
  const found = choices.filter((choice) => !isRemembered(choice)).slice(0, MAX_CHOICES);
  if (found.length > 0) {
    items.push(separator(vscode.l10n.t('Found in this workspace')), ...found.map(selectionItem));
  }
  items.push(
    separator(vscode.l10n.t('Other')),
    {
      label: `$(file) ${vscode.l10n.t('Browse for a file…')}`,
      detail: vscode.l10n.t('dataset file, .npz, .npy, .jsonl'),
      value: 'browse-file',
    },
    {
      label: `$(folder) ${vscode.l10n.t('Browse for a folder…')}`,
      detail: vscode.l10n.t('one folder of images per class'),
      value: 'browse-folder',
    },
  );
  if (use !== 'train') {
    items.push({
      label: `$(circle-slash) ${vscode.l10n.t('Without data (uncalibrated)')}`,
      detail: vscode.l10n.t('generated inputs; accuracy is not measured and may be poor'),
      value: 'without',
    });
  }
  return items;
}

function selectionItem(selection: { readonly calibration: string; readonly evaluation?: string }): DataItem {
  const { calibration, evaluation } = selection;
  const value: DataSelection = evaluation === undefined ? { calibration } : { calibration, evaluation };
  return {
    label: `$(database) ${vscode.workspace.asRelativePath(calibration)}`,
    ...(evaluation === undefined
      ? {}
      : { detail: vscode.l10n.t('measured on {0}', vscode.workspace.asRelativePath(evaluation)) }),
    value,
  };
}

function separator(label: string): DataItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

async function browse(folder: boolean, model: vscode.Uri): Promise<string | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: !folder,
      canSelectFolders: folder,
      defaultUri: vscode.Uri.joinPath(model, '..'),
      openLabel: vscode.l10n.t('Use as Data'),
      ...(folder ? {} : { filters: { [vscode.l10n.t('Data')]: ['json', 'npz', 'npy', 'jsonl'] } }),
    })) ?? [];
  return uri?.fsPath;
}
