import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { UnfinishedTraining } from '../../protocol';
import { relativeTime } from '../../util/relativeTime';
import { askStep } from './steps';

/** What becomes of a training that was begun before. */
export type UnfinishedAnswer = 'goOn' | 'anew' | 'discard';

interface UnfinishedItem extends vscode.QuickPickItem {
  readonly value: UnfinishedAnswer;
}

/** Asks whether an unfinished training goes on: the first of so many questions. */
export async function askUnfinished(
  title: string,
  totalSteps: number,
  unfinished: UnfinishedTraining,
): Promise<UnfinishedAnswer | undefined> {
  const answer = await askStep({
    title,
    step: 1,
    totalSteps,
    placeholder: vscode.l10n.t('A training of this model was not finished.'),
    items: unfinishedItems(unfinished, Date.now(), vscode.env.language),
  });
  return answer === undefined || answer === 'back' ? undefined : answer.value;
}

/** All answers: what it would go on with, that nothing is lost by another training, and what is. */
export function unfinishedItems(unfinished: UnfinishedTraining, nowMs: number, language: string): UnfinishedItem[] {
  const { epoch, epochs, savedAtMs, params } = unfinished;
  const data = params.data === undefined ? vscode.l10n.t('generated inputs') : basename(params.data);
  return [
    {
      label: `$(debug-continue) ${vscode.l10n.t('Go on with the unfinished training')}`,
      description: vscode.l10n.t('epoch {0} of {1}, {2}', epoch, epochs, relativeTime(savedAtMs, nowMs, language)),
      detail:
        params.teacher === undefined
          ? vscode.l10n.t('trained on {0}', data)
          : vscode.l10n.t('trained on {0}, with {1} as teacher', data, basename(params.teacher)),
      value: 'goOn',
    },
    {
      label: `$(add) ${vscode.l10n.t('Start anew')}`,
      detail: vscode.l10n.t('the unfinished training stays as it is and is offered again'),
      value: 'anew',
    },
    {
      label: `$(trash) ${vscode.l10n.t('Discard it and start anew')}`,
      detail: vscode.l10n.t('the checkpoint of the unfinished training is deleted when the new one begins'),
      value: 'discard',
    },
  ];
}
