import * as vscode from 'vscode';
import * as z from 'zod';
import type { PruneParams, PrunePreview, PruneResult } from '../../protocol';
import { CancelledError, errorMessage } from '../../util/pressError';
import { type DataSelection, rememberData } from '../datasets/rememberedData';
import { askPrune, type PruneChoice } from '../flow/pruneFlow';
import { PRUNE_AMOUNTS, PRUNE_METHODS, pruneSettings } from '../flow/pruneMethods';
import { findRecipe } from '../graph/modelRecipe';
import { CommandId, ContextKey } from '../ids';
import { resolveModel } from '../modelFiles';
import { showError } from '../notify';
import { runWithProgress } from '../runWithProgress';
import type { Services } from '../services';
import { readSettings } from '../settings';
import { summaryText } from '../summaryText';
import { askForTrust } from '../trust';
import { offerResult } from './offerResult';

/** What a key binding or another extension may pass as second argument to skip the questions. */
const CHOICE = z.object({
  method: z.enum(PRUNE_METHODS),
  amount: z.number().min(0).max(1).optional(),
  protect: z.array(z.string()).optional(),
  data: z.union([z.literal('without'), z.object({ calibration: z.string(), evaluation: z.string().optional() })]),
});

/**
 * Registers *Prune Model*: `executeCommand(id, uri?, choice?)`.
 * Resolves with the result, or undefined when it was cancelled or failed (and said so).
 */
export function registerPruneCommand(services: Services): void {
  services.context.subscriptions.push(
    vscode.commands.registerCommand(CommandId.pruneModel, async (argument: unknown, choice: unknown) => {
      if (!vscode.workspace.isTrusted) {
        return askForTrust(vscode.l10n.t('Pruning runs the model in native code, so it needs a trusted workspace.'));
      }
      const model = await resolveModel(argument);
      if (model === undefined) return undefined;
      const state = services.context.workspaceState;
      // The explorer passes its selection as second argument.
      const given = CHOICE.safeParse(choice);
      const protect = (await findRecipe(model.fsPath, 'prune'))?.lists.protect ?? [];
      const chosen: PruneChoice | undefined = given.success
        ? { protect, ...given.data }
        : await askPrune(model, state, protect, (method, kept) => preview(services, model, method, kept));
      if (chosen === undefined) return undefined;
      await rememberData(state, model.fsPath, chosen.data);
      try {
        return await pruneWith(services, pruneParams(services, model, chosen));
      } catch (error) {
        showError(services, error, model.fsPath);
        return undefined;
      }
    }),
  );
}

/** Prunes with everything decided, and offers what can be done with the result. Rejects when it fails. */
export async function pruneWith(services: Services, params: PruneParams): Promise<PruneResult> {
  const title = vscode.l10n.t('Pruning {0}', vscode.workspace.asRelativePath(params.model));
  const result = await runWithProgress(services, title, (options) => {
    services.log.info(`Pruning ${params.model}: ${JSON.stringify(params)}`);
    return services.runner.request('model/prune', params, options);
  });
  services.log.info(`${summaryText(result.report)} ${result.reportPath}`);
  void vscode.commands.executeCommand('setContext', ContextKey.hasPruned, true);
  void offerResult(result, {
    label: vscode.l10n.t('Fine-tune…'),
    run: () => void vscode.commands.executeCommand(CommandId.fineTuneModel, vscode.Uri.file(result.outputPath)),
  });
  return result;
}

function pruneParams(services: Services, model: vscode.Uri, choice: PruneChoice): PruneParams {
  const { method, amount, protect = [], data } = choice;
  const settings = readSettings(services.log, model);
  const all = [...new Set([...settings.pruneProtect, ...protect])];
  return { ...sharedParams(services, model, data), settings: pruneSettings(method, amount, all) };
}

/** What every run of a model on data asks for. */
export function sharedParams(
  { log }: Services,
  model: vscode.Uri,
  data: DataSelection,
): Omit<PruneParams, 'settings' | 'output'> {
  const { seed, threads } = readSettings(log, model);
  return {
    model: model.fsPath,
    seed,
    ...(threads === undefined ? {} : { threads }),
    ...(data === 'without'
      ? { synthetic: true }
      : {
          data: data.calibration,
          ...(data.evaluation === undefined ? {} : { evaluationData: data.evaluation }),
        }),
  };
}

/** A preview is a help, not a condition: without it the amounts are offered bare. */
async function preview(
  services: Services,
  model: vscode.Uri,
  method: PruneChoice['method'],
  protect: readonly string[],
): Promise<PrunePreview | undefined> {
  // Masks and factors are judged by the pruning itself.
  if (method !== 'channel') return undefined;
  const title = vscode.l10n.t('Estimating what pruning makes of {0}', vscode.workspace.asRelativePath(model));
  const all = [...readSettings(services.log, model).pruneProtect, ...protect];
  const params = {
    ...sharedParams(services, model, 'without'),
    method,
    amounts: PRUNE_AMOUNTS,
    ...(all.length === 0 ? {} : { protect: all }),
  };
  try {
    return await runWithProgress(services, title, (options) =>
      services.runner.request('model/prunePreview', params, options),
    );
  } catch (error) {
    if (!(error instanceof CancelledError)) services.log.warn(`There is no preview: ${errorMessage(error)}`);
    return undefined;
  }
}
