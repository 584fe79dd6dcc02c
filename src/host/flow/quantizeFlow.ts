import { basename } from 'node:path';
import * as vscode from 'vscode';
import { dataChoices, obviousChoice } from '../datasets/dataChoices';
import { findData } from '../datasets/findData';
import { searchRoots } from '../datasets/searchRoots';
import { type DataSelection, recallData } from '../datasets/rememberedData';
import { askData } from './dataStep';
import { askPreset } from './presetStep';
import { needsCalibration, type PresetId } from './presets';

/** What a person chose. */
export interface QuantizeChoice {
  readonly preset: PresetId;
  readonly data: DataSelection;
  /** Stores convolutions in int8 too; offered where *Weights only* finds nothing else. */
  readonly includeConv?: boolean | undefined;
}

/**
 * Asks for preset and data; undefined when the person leaves.
 * Presets without calibration do not ask for data: what is known to belong to the model measures the result.
 */
export async function askQuantize(model: vscode.Uri, state: vscode.Memento): Promise<QuantizeChoice | undefined> {
  const title = vscode.l10n.t('Quantize {0}', basename(model.fsPath));
  const places = findData(searchRoots(model));
  let preset: PresetId | undefined;
  for (;;) {
    preset = await askPreset(title, preset);
    if (preset === undefined) return undefined;
    const remembered = recallData(state, model.fsPath);
    const choices = dataChoices(model.fsPath, await places);
    if (!needsCalibration(preset)) return { preset, data: remembered ?? ownData(obviousChoice(choices)) };
    const data = await askData(title, model, remembered, choices);
    if (data === undefined) return undefined;
    if (data !== 'back') return { preset, data };
  }
}

function ownData(choice: ReturnType<typeof obviousChoice>): DataSelection {
  if (choice === undefined) return 'without';
  const { calibration, evaluation } = choice;
  return evaluation === undefined ? { calibration } : { calibration, evaluation };
}
