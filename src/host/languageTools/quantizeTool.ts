import { basename } from 'node:path';
import * as vscode from 'vscode';
import { PressError } from '../../util/pressError';
import { quantizeParams, quantizeWith } from '../commands/quantize';
import type { DataSelection } from '../datasets/rememberedData';
import { needsCalibration } from '../flow/presets';
import { presetText } from '../flow/presetStep';
import type { QuantizeChoice } from '../flow/quantizeFlow';
import type { Services } from '../services';
import { relativePath } from './inspectTool';
import { reportFacts } from './modelFacts';
import { ownData } from './ownData';
import { answerWith, confirmation } from './toolAnswer';
import { requireTrust, workspaceModel, workspacePath } from './toolFiles';
import { QUANTIZE_INPUT } from './toolInputs';

/** What is going to be quantized, once its paths are known to lie in the workspace. */
interface Plan {
  readonly model: string;
  readonly choice: QuantizeChoice;
}

/** Lets an assistant quantize a model, as *Quantize Model* does, after the person has confirmed it. */
export function quantizeTool(services: Services): vscode.LanguageModelTool<unknown> {
  return {
    prepareInvocation: async ({ input }) => {
      requireTrust();
      const { model, choice } = await plan(services, input);
      return {
        invocationMessage: vscode.l10n.t('Quantizing {0}', basename(model)),
        confirmationMessages: confirmation(vscode.l10n.t('Quantize {0}?', relativePath(model)), [
          vscode.l10n.t('Preset: {0}.', presetText(choice.preset).label),
          choice.data === 'without'
            ? vscode.l10n.t('Without data: the result is uncalibrated.')
            : vscode.l10n.t('Data: {0}.', relativePath(choice.data.calibration)),
          vscode.l10n.t('A new model, its report and its recipe are written beside it; nothing is overwritten.'),
        ]),
      };
    },
    invoke: ({ input }, token) =>
      answerWith(services, token, async (signal) => {
        requireTrust();
        const { model, choice } = await plan(services, input);
        const params = await quantizeParams(services, vscode.Uri.file(model), choice);
        const { report, reportPath } = await quantizeWith(services, params, signal);
        return { ...reportFacts(report, relativePath), report: relativePath(reportPath) };
      }),
  };
}

async function plan(services: Services, input: unknown): Promise<Plan> {
  const { model: given, preset, data, evaluationData, synthetic } = QUANTIZE_INPUT.parse(input);
  const model = await workspaceModel(given);
  const selection = await dataFor(services, model, data, evaluationData);
  if (selection === undefined && needsCalibration(preset) && !synthetic) throw noData(model);
  return { model, choice: { preset, data: selection ?? 'without' } };
}

async function dataFor(
  services: Services,
  model: string,
  data: string | undefined,
  evaluationData: string | undefined,
): Promise<Exclude<DataSelection, 'without'> | undefined> {
  const own = data === undefined ? await ownData(services, model) : undefined;
  const calibration = data === undefined ? own?.calibration : await workspacePath(data);
  if (calibration === undefined) return undefined;
  const evaluation = evaluationData === undefined ? own?.evaluation : await workspacePath(evaluationData);
  return evaluation === undefined ? { calibration } : { calibration, evaluation };
}

function noData(model: string): PressError {
  const message = `No data was found for ${relativePath(model)}. Give "data" (a dataset file, a folder of class folders with images, .npz or .jsonl), or "synthetic": true for an uncalibrated result.`;
  return new PressError('no-data', message, { path: model });
}
