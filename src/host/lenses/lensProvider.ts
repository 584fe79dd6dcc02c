import * as vscode from 'vscode';
import type { LensAction, ScriptLens } from '../../python/lenses';
import { assertNever } from '../../util/assertNever';
import { CommandId, SettingId } from '../ids';
import { PYTHON, rangeOf, type ScriptDocuments } from './scriptDocuments';
import { writtenModel } from './writtenModel';

/** Shows the lenses of training scripts. */
export function registerLensProvider(scripts: ScriptDocuments): vscode.Disposable[] {
  const changed = new vscode.EventEmitter<void>();
  return [
    changed,
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SettingId.scriptsCodeLens)) changed.fire();
    }),
    vscode.languages.registerCodeLensProvider(PYTHON, {
      onDidChangeCodeLenses: changed.event,
      provideCodeLenses: async (document) => {
        if (!isOn(document.uri)) return [];
        const { lenses } = await scripts.analyse(document);
        return lenses.map((lens) => new vscode.CodeLens(rangeOf(lens.span), commandOf(document, lens)));
      },
    }),
  ];
}

function isOn(scope: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration(undefined, scope).get<unknown>(SettingId.scriptsCodeLens) !== false;
}

function commandOf({ uri }: vscode.TextDocument, { action, className, path, span }: ScriptLens): vscode.Command {
  const title = lensText(action);
  const model = path === undefined ? undefined : writtenModel(uri, path);
  switch (action) {
    case 'exportAndOpen':
      return { title, command: CommandId.exportAndOpen, arguments: [uri, className] };
    case 'exportAndQuantize':
      return { title, command: CommandId.exportAndQuantize, arguments: [uri, className] };
    case 'fineTuneInstead':
      // What the script has written holds the weights that it has trained.
      return model === undefined
        ? { title, command: CommandId.exportAndFineTune, arguments: [uri, className] }
        : { title, command: CommandId.fineTuneModel, arguments: [model] };
    case 'openGraph':
      return { title, command: CommandId.openGraph, arguments: [model] };
    case 'quantize':
      return { title, command: CommandId.quantize, arguments: [model] };
    case 'compareLastRun':
      return { title, command: CommandId.compareLastRun, arguments: [model] };
    case 'addPruning':
    case 'addDistillation':
    case 'makeQuantizationAware':
      return { title, command: INSERTIONS[action], arguments: [uri, span.start.line] };
    default:
      return assertNever(action);
  }
}

const INSERTIONS = {
  addPruning: CommandId.addPruning,
  addDistillation: CommandId.addDistillation,
  makeQuantizationAware: CommandId.makeQuantizationAware,
} as const;

function lensText(action: LensAction): string {
  switch (action) {
    case 'exportAndOpen':
      return vscode.l10n.t('Export to ONNX and open');
    case 'exportAndQuantize':
      return vscode.l10n.t('Export and quantize');
    case 'fineTuneInstead':
      return vscode.l10n.t('Fine-tune in ONNX Press instead');
    case 'openGraph':
      return vscode.l10n.t('Open graph');
    case 'quantize':
      return vscode.l10n.t('Quantize');
    case 'compareLastRun':
      return vscode.l10n.t('Compare with last run');
    case 'addPruning':
      return vscode.l10n.t('Add pruning schedule');
    case 'addDistillation':
      return vscode.l10n.t('Add distillation');
    case 'makeQuantizationAware':
      return vscode.l10n.t('Make quantization-aware');
    default:
      return assertNever(action);
  }
}
