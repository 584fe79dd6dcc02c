import * as vscode from 'vscode';
import { needsCalibration, PRESET_IDS, type PresetId } from './presets';
import { askStep } from './steps';

interface PresetItem extends vscode.QuickPickItem {
  readonly preset: PresetId;
}

/** Asks which preset; the one chosen before is active when the person comes back. */
export async function askPreset(title: string, chosen: PresetId | undefined): Promise<PresetId | undefined> {
  const items = PRESET_IDS.map((preset): PresetItem => ({ preset, ...presetText(preset) }));
  const answer = await askStep({
    title,
    step: 1,
    totalSteps: chosen !== undefined && !needsCalibration(chosen) ? 1 : 2,
    placeholder: vscode.l10n.t('How should the model be quantized?'),
    items,
    active: items.find((item) => item.preset === chosen),
  });
  return answer === 'back' ? undefined : answer?.preset;
}

/** Name, result and price of a preset, each one line. */
export function presetText(preset: PresetId): { label: string; description: string; detail: string } {
  switch (preset) {
    case 'balanced':
      return {
        label: vscode.l10n.t('Balanced int8'),
        description: vscode.l10n.t('a quarter of the size, fastest to run, accuracy kept best'),
        detail: vscode.l10n.t('Weights and activations in int8, with bias correction. Needs some hundred samples.'),
      };
    case 'fastest':
      return {
        label: vscode.l10n.t('Fastest int8'),
        description: vscode.l10n.t('same size and speed, done soonest'),
        detail: vscode.l10n.t('Min-max calibration, no bias correction; may lose more accuracy. Needs samples.'),
      };
    case 'weights':
      return {
        label: vscode.l10n.t('Weights only'),
        description: vscode.l10n.t('for language models: MatMul weights in int8'),
        detail: vscode.l10n.t(
          'Activations stay floating-point; convolutions are stored in int8 on request. Needs no data.',
        ),
      };
    case 'fp16':
      return {
        label: vscode.l10n.t('Half size fp16'),
        description: vscode.l10n.t('half the size, same speed on CPUs'),
        detail: vscode.l10n.t('Weights stored as 16-bit floating point; hardly any loss. Needs no data.'),
      };
  }
}
