import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { TrainEpoch, TrainParams, TrainResult, UnfinishedTraining } from '../../protocol';
import { CancelledError, errorMessage, PressError } from '../../util/pressError';
import { rememberData } from '../datasets/rememberedData';
import { errorText } from '../errorText';
import { askTraining, type TrainChoice } from '../flow/trainFlow';
import { CommandId } from '../ids';
import { resolveModel } from '../modelFiles';
import { showError } from '../notify';
import { controlActions } from '../panels/trainingControl';
import { TrainingPanel } from '../panels/trainingPanel';
import { newTraining, withProgress, withStage } from '../panels/trainingRecord';
import { stageText } from '../progressText';
import type { Services } from '../services';
import { summaryText } from '../summaryText';
import { askForTrust } from '../trust';
import { offerResult } from './offerResult';
import { sharedParams } from './prune';

/** What a key binding or another extension may pass as second argument to skip the questions. */
const CHOICE = z.union([
  z.literal('goOn'),
  z.object({
    teacher: z.string().optional(),
    data: z.object({ calibration: z.string(), evaluation: z.string().optional() }),
    epochs: z.int().min(1),
    discards: z.boolean().optional(),
  }),
]);

/**
 * Registers *Fine-tune…* and *Distil…*: `executeCommand(id, uri?, choice?)`.
 * Both resolve with the result, or undefined when it was cancelled or failed (and said so). A model of which a training
 * is unfinished is asked about that first.
 */
export function registerTrainCommands(services: Services): void {
  const command = (id: string, distils: boolean): vscode.Disposable =>
    vscode.commands.registerCommand(id, async (argument: unknown, choice: unknown) => {
      if (!vscode.workspace.isTrusted) {
        return askForTrust(vscode.l10n.t('Training runs the model in native code, so it needs a trusted workspace.'));
      }
      const model = await resolveModel(argument);
      if (model === undefined) return undefined;
      const state = services.context.workspaceState;
      // The explorer passes its selection as second argument.
      const given = CHOICE.safeParse(choice);
      const unfinished = await findUnfinished(services, model.fsPath);
      const chosen = given.success ? given.data : await askTraining(model, state, distils, unfinished);
      if (chosen === undefined) return undefined;
      if (chosen === 'goOn') return goOn(services, model, unfinished);
      await rememberData(state, model.fsPath, chosen.data);
      if (chosen.discards && unfinished) await discard(services, unfinished);
      return trainWith(services, trainParams(services, model, chosen));
    });
  services.context.subscriptions.push(command(CommandId.fineTuneModel, false), command(CommandId.distilModel, true));
}

/**
 * The training of a model that was cancelled or stopped and can go on, if there is one. It is a help, not a condition:
 * what cannot be found out is written to the log. One that runs here or waits for its turn is not unfinished.
 */
async function findUnfinished(
  { reader, trainedModels, log }: Services,
  model: string,
): Promise<UnfinishedTraining | undefined> {
  if (trainedModels.has(model)) return undefined;
  try {
    return (await reader.request('train/unfinished', { model })) ?? undefined;
  } catch (error) {
    log.warn(`It is not known whether a training of ${model} can go on: ${errorMessage(error)}`);
    return undefined;
  }
}

/** Deletes the checkpoint of a training that the person gave up; what cannot be deleted is offered again. */
async function discard({ log }: Services, { checkpointPath }: UnfinishedTraining): Promise<void> {
  try {
    await vscode.workspace.fs.delete(vscode.Uri.file(checkpointPath));
    log.info(`Deleted ${checkpointPath}, the checkpoint of the unfinished training.`);
  } catch (error) {
    log.warn(`${checkpointPath} could not be deleted: ${errorMessage(error)}`);
  }
}

function goOn(
  services: Services,
  model: vscode.Uri,
  unfinished: UnfinishedTraining | undefined,
): Promise<TrainResult | undefined> {
  if (unfinished !== undefined) return trainWith(services, unfinished.params, unfinished.history);
  const { fsPath: path } = model;
  const error = new PressError('file-not-found', `There is no unfinished training of ${path} to go on with.`, { path });
  showError(services, error, path);
  return Promise.resolve(undefined);
}

/**
 * Trains in a live panel; undefined when it was cancelled or failed, which the panel and a notification say. `done` are
 * the epochs of a training that goes on.
 */
export async function trainWith(
  services: Services,
  params: TrainParams,
  done: readonly TrainEpoch[] = [],
): Promise<TrainResult | undefined> {
  const { runs, runner, jobs, log, trainedModels } = services;
  const begunMs = Date.now();
  const { model, teacher, data } = params;
  const run = randomUUID();
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  let result: TrainResult | undefined;
  let unfinished: UnfinishedTraining | undefined;
  const open = (id: string) => () => {
    if (result !== undefined) void vscode.commands.executeCommand(id, vscode.Uri.file(result.reportPath));
  };
  const names = {
    model: basename(model),
    data: data === undefined ? vscode.l10n.t('generated inputs') : basename(data),
    ...(teacher === undefined ? {} : { teacher: basename(teacher) }),
  };
  const panel: TrainingPanel = new TrainingPanel(services, newTraining(names, done), {
    ...controlActions(services, { run, path: model }, () => panel),
    cancel,
    goOn: () => {
      if (unfinished === undefined) return;
      panel.close();
      void trainWith(services, unfinished.params, unfinished.history);
    },
    compare: open(CommandId.compareModels),
    report: open(CommandId.showReport),
  });
  panel.show();
  const show = (): void => panel.show();
  const shown = jobs.begin(vscode.l10n.t('Training {0}', vscode.workspace.asRelativePath(model)), { cancel, show });
  log.info(`Training ${model}: ${JSON.stringify(params)}`);
  /** Offers to go on from what this training has left; what an earlier one left is another matter. */
  const offerToGoOn = async (): Promise<void> => {
    const found = await findUnfinished(services, model);
    if (found === undefined || (params.resume !== true && found.savedAtMs < begunMs)) return;
    unfinished = found;
    panel.update({ ...panel.state, unfinished: { epoch: found.epoch, epochs: found.epochs } });
  };
  trainedModels.add(model);
  try {
    result = await runs.add(
      () =>
        runner.request(
          'model/train',
          { ...params, run },
          {
            signal: controller.signal,
            onTrain: (progress) => panel.update(withProgress(panel.state, progress)),
            onProgress: ({ stage, done, total }) => {
              const text = stageText(stage);
              shown.report(text, total > 0 ? done / total : undefined);
              panel.update(withStage(panel.state, stage, text));
            },
          },
        ),
      controller.signal,
    );
    const outcome = summaryText(result.report);
    log.info(`${outcome} ${result.reportPath}`);
    panel.update({ ...panel.state, phase: 'done', outcome });
    void offerResult(result);
    return result;
  } catch (error) {
    const isCancelled = error instanceof CancelledError;
    panel.update({
      ...panel.state,
      phase: isCancelled ? 'cancelled' : 'failed',
      ...(isCancelled ? {} : { outcome: errorText(error, model) }),
    });
    showError(services, error, model);
    trainedModels.delete(model);
    void offerToGoOn();
    return undefined;
  } finally {
    trainedModels.delete(model);
    shown.end();
  }
}

function trainParams(services: Services, model: vscode.Uri, { teacher, data, epochs }: TrainChoice): TrainParams {
  return {
    ...sharedParams(services, model, data),
    ...(teacher === undefined ? {} : { teacher }),
    settings: { epochs },
  };
}
