import * as vscode from 'vscode';
import { pruneWith } from '../commands/prune';
import { quantizeWith } from '../commands/quantize';
import { trainWith } from '../commands/train';
import { CommandId } from '../ids';
import type { Services } from '../services';
import { readRunRecipe } from './runRecipe';

/** Does again what a run did, under a new name. Rejects when that is not known or fails. */
export async function repeatRun(services: Services, recipe: string): Promise<unknown> {
  const run = await readRunRecipe(recipe);
  switch (run.kind) {
    case 'quantize':
      return quantizeWith(services, run.params);
    case 'prune':
      return pruneWith(services, run.params);
    case 'train':
      return trainWith(services, run.params);
    case 'pipeline':
      return vscode.commands.executeCommand(CommandId.runRecipe, vscode.Uri.file(run.path));
  }
}
