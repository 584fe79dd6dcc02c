import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import * as vscode from 'vscode';
import { writeTextFile } from '../../util/files';
import { dataChoices } from '../datasets/dataChoices';
import { findData } from '../datasets/findData';
import { recallData } from '../datasets/rememberedData';
import { searchRoots } from '../datasets/searchRoots';
import { askData } from '../flow/dataStep';
import { askStep } from '../flow/steps';
import { resolveModel } from '../modelFiles';
import type { Services } from '../services';

/**
 * Asks for the machine and the data, writes the ready recipe beside the model and opens it. Undefined when the person
 * leaves.
 */
export async function newRecipe(services: Services, argument: unknown): Promise<vscode.Uri | undefined> {
  const model = await resolveModel(argument);
  if (model === undefined) return undefined;
  const title = vscode.l10n.t('New recipe for {0}', basename(model.fsPath));
  for (;;) {
    const items = machines();
    const placeholder = vscode.l10n.t('Where will the model run?');
    const machine = await askStep({ title, step: 1, totalSteps: 2, placeholder, items });
    if (machine === undefined || machine === 'back') return undefined;
    const remembered = recallData(services.context.workspaceState, model.fsPath);
    const places = await findData(searchRoots(model));
    const data = await askData(title, model, remembered, dataChoices(model.fsPath, places), 2);
    if (data === 'back') continue;
    if (data === undefined) return undefined;
    const folder = dirname(model.fsPath);
    const { recipes } = await services.runner.request('recipe/ready', {
      model: model.fsPath,
      folder,
      ...(data === 'without' ? {} : { data: data.calibration }),
      ...(data === 'without' || data.evaluation === undefined ? {} : { evaluationData: data.evaluation }),
    });
    const text = recipes.find(({ target }) => target === machine.target)?.text;
    if (text === undefined) return undefined;
    const stem = basename(model.fsPath, extname(model.fsPath));
    const path = freshRecipe(join(folder, `${stem}.${machine.target}`));
    writeTextFile(path, text);
    const uri = vscode.Uri.file(path);
    await vscode.window.showTextDocument(uri);
    return uri;
  }
}

interface Machine extends vscode.QuickPickItem {
  readonly target: string;
}

function machines(): Machine[] {
  const onCpu = vscode.l10n.t('int8, ONNX Runtime on the CPU');
  return [
    { target: 'server-x86', label: vscode.l10n.t('Server with x86 processors'), description: onCpu },
    { target: 'laptop-arm', label: vscode.l10n.t('Laptop with an ARM processor'), description: onCpu },
    {
      target: 'mobile-cpu',
      label: vscode.l10n.t('Phone or board, on its processor'),
      description: vscode.l10n.t('int8, as small as it gets'),
    },
    { target: 'browser-webgpu', label: vscode.l10n.t('Browser with WebGPU'), description: 'fp16, ONNX Runtime Web' },
    { target: 'tensorrt', label: vscode.l10n.t('NVIDIA GPU with TensorRT'), description: 'fp16' },
    {
      target: 'qualcomm-npu',
      label: vscode.l10n.t('Qualcomm NPU'),
      description: vscode.l10n.t('8-bit weights, 16-bit activations, QNN'),
    },
    { target: 'core-ml', label: vscode.l10n.t('Apple devices with Core ML'), description: 'fp16, ML Program' },
  ];
}

/** The first of `stem.press.json`, `stem-2.press.json`... that is not there yet. */
function freshRecipe(stem: string): string {
  for (let n = 1; ; n++) {
    const path = `${stem}${n === 1 ? '' : `-${n}`}.press.json`;
    if (!existsSync(path)) return path;
  }
}
