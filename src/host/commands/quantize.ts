import * as vscode from 'vscode';
import * as z from 'zod';
import type { QuantizeParams, QuantizeResult } from '../../protocol';
import { freshPath } from '../../util/files';
import { rememberData } from '../datasets/rememberedData';
import type { RequestOptions } from '../engineClient';
import { needsConvolutions } from '../errorText';
import { PRESET_IDS, presetSettings } from '../flow/presets';
import { askQuantize, type QuantizeChoice } from '../flow/quantizeFlow';
import { findRecipe } from '../graph/modelRecipe';
import { CommandId, ContextKey } from '../ids';
import { resolveModel } from '../modelFiles';
import { showError, type Remedy } from '../notify';
import { runWithProgress } from '../runWithProgress';
import type { Services } from '../services';
import { readSettings } from '../settings';
import { summaryText } from '../summaryText';
import { askForTrust } from '../trust';
import { offerResult } from './offerResult';

/** What a key binding or another extension may pass as second argument to skip the questions. */
const CHOICE = z.object({
  preset: z.enum(PRESET_IDS),
  data: z.union([z.literal('without'), z.object({ calibration: z.string(), evaluation: z.string().optional() })]),
  includeConv: z.boolean().optional(),
});

/**
 * Registers *Quantize Model*: `executeCommand(id, uri?, choice?)`.
 * Resolves with the result, or undefined when it was cancelled or failed (and said so).
 */
export function registerQuantizeCommand(services: Services): void {
  services.context.subscriptions.push(
    vscode.commands.registerCommand(CommandId.quantize, async (argument: unknown, choice: unknown) => {
      if (!vscode.workspace.isTrusted) {
        return askForTrust(vscode.l10n.t('Quantizing runs the model in native code, so it needs a trusted workspace.'));
      }
      const model = await resolveModel(argument);
      if (model === undefined) return undefined;
      const state = services.context.workspaceState;
      // The explorer passes its selection as second argument.
      const given = CHOICE.safeParse(choice);
      const chosen: QuantizeChoice | undefined = given.success ? given.data : await askQuantize(model, state);
      if (chosen === undefined) return undefined;
      await rememberData(state, model.fsPath, chosen.data);
      return runQuantize(services, model, chosen);
    }),
  );
}

async function runQuantize(
  services: Services,
  model: vscode.Uri,
  choice: QuantizeChoice,
): Promise<QuantizeResult | undefined> {
  const includeConv = (): void => void runQuantize(services, model, { ...choice, includeConv: true });
  try {
    return await quantizeWith(services, await quantizeParams(services, model, choice));
  } catch (error) {
    showError(services, error, model.fsPath, needsConvolutions(error) ? storeConvolutions(includeConv) : undefined);
    return undefined;
  }
}

/** Quantizes with everything decided, and offers what can be done with the result. Rejects when it fails. */
export async function quantizeWith(
  services: Services,
  params: QuantizeParams,
  signal?: AbortSignal,
): Promise<QuantizeResult> {
  const title = vscode.l10n.t('Quantizing {0}', vscode.workspace.asRelativePath(params.model));
  const run = (options: RequestOptions): Promise<QuantizeResult> => {
    services.log.info(`Quantizing ${params.model}: ${JSON.stringify(params)}`);
    return services.runner.request('model/quantize', params, options);
  };
  const result = await runWithProgress(services, title, run, { outer: signal });
  services.log.info(`${summaryText(result.report)} ${result.reportPath}`);
  void vscode.commands.executeCommand('setContext', ContextKey.hasQuantized, true);
  void offerResult(result);
  return result;
}

/** Searches the layers that have to stay in float, and offers what can be done with the result. Rejects when it fails. */
export async function searchMixedPrecision(services: Services, params: QuantizeParams): Promise<QuantizeResult> {
  const title = vscode.l10n.t(
    'Choosing the precision of each layer of {0}',
    vscode.workspace.asRelativePath(params.model),
  );
  const result = await runWithProgress(services, title, (options) =>
    services.runner.request('model/mixed', params, options),
  );
  services.log.info(`${result.reason} ${summaryText(result.report)}`);
  void offerResult(result);
  return result;
}

function storeConvolutions(run: () => void): Remedy {
  return { label: vscode.l10n.t('Store Convolutions in int8'), run };
}

/** The settings of the preset, and what the recipe beside the model leaves out on top of them. */
export async function quantizeParams(
  { log }: Services,
  model: vscode.Uri,
  choice: QuantizeChoice,
): Promise<QuantizeParams> {
  const { preset, data, includeConv } = choice;
  const settings = readSettings(log, model);
  const recipe = await findRecipe(model.fsPath, 'quantize');
  const keepFp16 = recipe?.lists.keepFp16 ?? [];
  const exclude = [...new Set([...settings.exclude, ...(recipe?.lists.exclude ?? [])])];
  return {
    model: model.fsPath,
    settings: {
      ...presetSettings(preset, { ...settings, exclude, keepFp16 }),
      ...(includeConv ? { includeConv } : {}),
    },
    seed: settings.seed,
    ...(settings.threads === undefined ? {} : { threads: settings.threads }),
    ...(settings.outputSuffix === undefined ? {} : { output: suffixedPath(model.fsPath, settings.outputSuffix) }),
    ...(data === 'without'
      ? { synthetic: true }
      : {
          data: data.calibration,
          ...(data.evaluation === undefined ? {} : { evaluationData: data.evaluation }),
        }),
  };
}

function suffixedPath(model: string, suffix: string): string {
  return freshPath(`${model.replace(/\.onnx$/i, '')}${suffix}.onnx`);
}
