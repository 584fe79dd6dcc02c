import * as vscode from 'vscode';
import * as z from 'zod';
import type { QuantizeParams, QuantizeResult } from '../../protocol';
import { freshPath } from '../../util/files';
import { rememberData } from '../datasets/rememberedData';
import { needsConvolutions } from '../errorText';
import { PRESET_IDS, presetSettings } from '../flow/presets';
import { askQuantize, type QuantizeChoice } from '../flow/quantizeFlow';
import { CommandId } from '../ids';
import { resolveModel } from '../modelFiles';
import { showError, type Remedy } from '../notify';
import { createProgressText } from '../progressText';
import { RunQueue } from '../runQueue';
import type { Services } from '../services';
import { readSettings } from '../settings';
import { summaryText } from '../summaryText';

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
  const queue = new RunQueue();
  services.context.subscriptions.push(
    vscode.commands.registerCommand(CommandId.quantize, async (argument: unknown, choice: unknown) => {
      if (!vscode.workspace.isTrusted) return askForTrust();
      const model = await resolveModel(argument);
      if (model === undefined) return undefined;
      const state = services.context.workspaceState;
      // The explorer passes its selection as second argument.
      const given = CHOICE.safeParse(choice);
      const chosen: QuantizeChoice | undefined = given.success ? given.data : await askQuantize(model, state);
      if (chosen === undefined) return undefined;
      await rememberData(state, model.fsPath, chosen.data);
      return runQuantize(services, queue, model, chosen);
    }),
  );
}

async function runQuantize(
  services: Services,
  queue: RunQueue,
  model: vscode.Uri,
  choice: QuantizeChoice,
): Promise<QuantizeResult | undefined> {
  try {
    const result = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Quantizing {0}', vscode.workspace.asRelativePath(model)),
        cancellable: true,
      },
      async (progress, token) => {
        const controller = new AbortController();
        const subscription = token.onCancellationRequested(() => controller.abort());
        if (queue.isBusy) progress.report({ message: vscode.l10n.t('Waiting for the run before') });
        const run = (): Promise<QuantizeResult> =>
          requestQuantize(services, quantizeParams(services, model, choice), progress, controller.signal);
        return queue.add(run, controller.signal).finally(() => subscription.dispose());
      },
    );
    services.log.info(`${summaryText(result.report)} ${result.reportPath}`);
    void offerNextSteps(result);
    return result;
  } catch (error) {
    const includeConv = (): void => void runQuantize(services, queue, model, { ...choice, includeConv: true });
    showError(services, error, model.fsPath, needsConvolutions(error) ? storeConvolutions(includeConv) : undefined);
    return undefined;
  }
}

function storeConvolutions(run: () => void): Remedy {
  return { label: vscode.l10n.t('Store Convolutions in int8'), run };
}

function requestQuantize(
  { engine, log }: Services,
  params: QuantizeParams,
  progress: vscode.Progress<{ message?: string }>,
  signal: AbortSignal,
): Promise<QuantizeResult> {
  const describe = createProgressText();
  log.info(`Quantizing ${params.model}: ${JSON.stringify(params)}`);
  return engine.request('model/quantize', params, {
    signal,
    onProgress: (step) => progress.report({ message: describe(step) }),
  });
}

function quantizeParams({ log }: Services, model: vscode.Uri, choice: QuantizeChoice): QuantizeParams {
  const { preset, data, includeConv } = choice;
  const settings = readSettings(log, model);
  return {
    model: model.fsPath,
    settings: { ...presetSettings(preset, settings), ...(includeConv ? { includeConv } : {}) },
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

async function offerNextSteps({ report, reportPath, outputPath }: QuantizeResult): Promise<void> {
  const compare = vscode.l10n.t('Compare');
  const showReport = vscode.l10n.t('Show Report');
  const reveal = vscode.l10n.t('Reveal');
  const choice = await vscode.window.showInformationMessage(summaryText(report), compare, showReport, reveal);
  const reportUri = vscode.Uri.file(reportPath);
  if (choice === compare) await vscode.commands.executeCommand(CommandId.compare, reportUri);
  else if (choice === showReport) await vscode.commands.executeCommand(CommandId.showReport, reportUri);
  else if (choice === reveal) await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(outputPath));
}

async function askForTrust(): Promise<undefined> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Quantizing runs the model in native code, so it needs a trusted workspace.'),
    manage,
  );
  if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return undefined;
}
