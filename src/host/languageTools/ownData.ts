import * as vscode from 'vscode';
import { dataChoices, obviousChoice } from '../datasets/dataChoices';
import { findData } from '../datasets/findData';
import { type DataSelection, recallData } from '../datasets/rememberedData';
import { searchRoots } from '../datasets/searchRoots';
import type { Services } from '../services';

/** The data that a person used for the model before, or that is plainly made for it; undefined when none is. */
export async function ownData(
  { context }: Services,
  model: string,
): Promise<Exclude<DataSelection, 'without'> | undefined> {
  const remembered = recallData(context.workspaceState, model);
  if (remembered !== undefined) return remembered;
  const choices = dataChoices(model, await findData(searchRoots(vscode.Uri.file(model))));
  const choice = obviousChoice(choices);
  if (choice === undefined) return undefined;
  const { calibration, evaluation } = choice;
  return evaluation === undefined ? { calibration } : { calibration, evaluation };
}
