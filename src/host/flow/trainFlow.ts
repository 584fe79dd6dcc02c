import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { UnfinishedTraining } from '../../protocol';
import { reportOfModel } from '../comparison/pairReport';
import { dataChoices } from '../datasets/dataChoices';
import { findData } from '../datasets/findData';
import { type DataSelection, recallData } from '../datasets/rememberedData';
import { searchRoots } from '../datasets/searchRoots';
import { listModels } from '../modelFiles';
import { askData } from './dataStep';
import { askStep } from './steps';
import { askUnfinished } from './unfinishedStep';

/** What a person chose. */
export interface TrainChoice {
  /** Another model whose answers are learned. */
  readonly teacher?: string | undefined;
  readonly data: DataSelection;
  readonly epochs: number;
  /** The checkpoint of the unfinished training goes. */
  readonly discards?: boolean;
}

const EPOCHS = [1, 3, 10, 30];
const USUAL_EPOCHS = 3;

/**
 * Asks for teacher (when distilling), data and epochs; before that, whether a training goes on that was not finished.
 * Undefined when the person leaves.
 */
export async function askTraining(
  model: vscode.Uri,
  state: vscode.Memento,
  distils: boolean,
  unfinished?: UnfinishedTraining,
): Promise<TrainChoice | 'goOn' | undefined> {
  const name = basename(model.fsPath);
  const title = distils ? vscode.l10n.t('Distil into {0}', name) : vscode.l10n.t('Fine-tune {0}', name);
  const teacherStep = unfinished ? 2 : 1;
  const dataStep = distils ? teacherStep + 1 : teacherStep;
  const totalSteps = dataStep + 1;
  if (!unfinished) {
    const choice = await askChoice(title, model, state, distils, { teacherStep, dataStep, totalSteps });
    return choice === 'back' ? undefined : choice;
  }
  for (;;) {
    const answer = await askUnfinished(title, totalSteps, unfinished);
    if (answer === undefined || answer === 'goOn') return answer;
    const choice = await askChoice(title, model, state, distils, { teacherStep, dataStep, totalSteps });
    if (choice !== 'back') return choice && { ...choice, ...(answer === 'discard' ? { discards: true } : {}) };
  }
}

/** The numbers of the questions. */
interface StepNumbers {
  readonly teacherStep: number;
  readonly dataStep: number;
  readonly totalSteps: number;
}

async function askChoice(
  title: string,
  model: vscode.Uri,
  state: vscode.Memento,
  distils: boolean,
  { teacherStep, dataStep, totalSteps }: StepNumbers,
): Promise<TrainChoice | 'back' | undefined> {
  const places = findData(searchRoots(model));
  for (;;) {
    const teacher = distils ? await askTeacher(title, model, teacherStep, totalSteps) : undefined;
    if (distils && (teacher === undefined || teacher === 'back')) return teacher;
    for (;;) {
      const choices = dataChoices(model.fsPath, await places);
      const data = await askData(title, model, recallData(state, model.fsPath), choices, dataStep, 'train');
      if (data === undefined) return undefined;
      if (data === 'back' && !distils) return 'back';
      if (data === 'back') break;
      const epochs = await askEpochs(title, totalSteps);
      if (epochs === undefined) return undefined;
      if (epochs !== 'back') return { data, epochs, ...(teacher === undefined ? {} : { teacher }) };
    }
  }
}

/** The model that this one was made of comes first, if there is one: it knows what was lost. */
async function askTeacher(
  title: string,
  model: vscode.Uri,
  step: number,
  totalSteps: number,
): Promise<string | 'back' | undefined> {
  const source = (await reportOfModel(model.fsPath))?.source;
  const original = source !== undefined && existsSync(source) ? source : undefined;
  const others = (await listModels()).map(({ fsPath }) => fsPath);
  const paths = [...new Set([...(original === undefined ? [] : [original]), ...others])].filter(
    (path) => path !== model.fsPath,
  );
  const items = paths.map((path) => ({
    label: `$(package) ${vscode.workspace.asRelativePath(path)}`,
    ...(path === original ? { description: vscode.l10n.t('the model that this one was made of') } : {}),
    path,
  }));
  const browse = { label: `$(file) ${vscode.l10n.t('Browse for a file…')}`, path: '' };
  const answer = await askStep({
    title,
    step,
    totalSteps,
    placeholder: vscode.l10n.t('Which model is the teacher?'),
    items: [...items, browse],
  });
  if (answer === undefined || answer === 'back') return answer;
  if (answer !== browse) return answer.path;
  const [uri] =
    (await vscode.window.showOpenDialog({
      defaultUri: vscode.Uri.joinPath(model, '..'),
      filters: { ONNX: ['onnx'] },
      openLabel: vscode.l10n.t('Use as Teacher'),
    })) ?? [];
  return uri?.fsPath;
}

async function askEpochs(title: string, step: number): Promise<number | 'back' | undefined> {
  const items = EPOCHS.map((epochs) => ({
    label: epochs === 1 ? vscode.l10n.t('1 epoch') : vscode.l10n.t('{0} epochs', epochs),
    ...(epochs === USUAL_EPOCHS ? { description: vscode.l10n.t('usual for fine-tuning') } : {}),
    epochs,
  }));
  const answer = await askStep({
    title,
    step,
    totalSteps: step,
    placeholder: vscode.l10n.t('How often should all samples be seen? Stopping early keeps the best weights.'),
    items,
    active: items.find(({ epochs }) => epochs === USUAL_EPOCHS),
  });
  return answer === undefined || answer === 'back' ? answer : answer.epochs;
}
