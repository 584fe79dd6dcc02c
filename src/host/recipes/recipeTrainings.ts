import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { RecipeResult, TrainProgress, TrainingState } from '../../protocol';
import { CancelledError } from '../../util/pressError';
import { errorText } from '../errorText';
import { CommandId } from '../ids';
import { controlActions } from '../panels/trainingControl';
import { TrainingPanel } from '../panels/trainingPanel';
import { newTraining, withProgress, withStage } from '../panels/trainingRecord';
import { stageText } from '../progressText';
import type { Services } from '../services';

type RecipeStep = NonNullable<TrainProgress['recipeStep']>;

/**
 * The trainings of one run of a recipe in a live panel, one after the other. A recipe runs beside other work, so the panel
 * waits until the person asks for it: in the notification when the first training begins, or in the status bar.
 */
export class RecipeTrainings {
  /** The name of the run for the engine. */
  readonly run = randomUUID();
  readonly #services: Services;
  readonly #path: string;
  readonly #cancel: () => void;
  #panel: TrainingPanel | undefined;
  /** The training that the panel shows. */
  #shown = '';
  #result: RecipeResult | undefined;

  /** `path` is that of the recipe; `cancel` ends its run. */
  constructor(services: Services, path: string, cancel: () => void) {
    this.#services = services;
    this.#path = path;
    this.#cancel = cancel;
  }

  /** Opens the panel, once there is a training to show. */
  show(): void {
    if (this.#panel !== undefined) this.#panel.show();
    else void vscode.window.showInformationMessage(vscode.l10n.t('No step of this recipe has trained yet.'));
  }

  /** Draws a step of a training; the first of another training begins the curves anew. */
  onTrain(progress: TrainProgress): void {
    const { recipeStep, round = 0 } = progress;
    if (recipeStep === undefined) return;
    const training = `${recipeStep.number}:${round}`;
    if (this.#panel === undefined) {
      this.#panel = this.#createPanel(newTraining(this.#names(recipeStep)));
      void this.#offerToShow(this.#panel.state.model);
    } else if (training !== this.#shown) {
      this.#panel.update(newTraining(this.#names(recipeStep)));
    }
    this.#shown = training;
    this.#panel.update(withProgress(this.#panel.state, progress));
  }

  /** Draws what the run does between the steps of a training, and after it. */
  onStage(stage: string): void {
    this.#panel?.update(withStage(this.#panel.state, stage, stageText(stage)));
  }

  /** Draws the end of the run that went well. */
  done(result: RecipeResult): void {
    this.#result = result;
    const outcome = vscode.l10n.t('{0} is ready.', basename(result.outputPath));
    this.#panel?.update({ ...this.#panel.state, phase: 'done', outcome });
  }

  /** Draws the end of a run that was cancelled or failed. */
  failed(error: unknown): void {
    if (this.#panel === undefined) return;
    const { state } = this.#panel;
    if (error instanceof CancelledError) this.#panel.update({ ...state, phase: 'cancelled' });
    else this.#panel.update({ ...state, phase: 'failed', outcome: errorText(error, this.#path) });
  }

  #names({ number, count, data, teacher }: RecipeStep): Pick<TrainingState, 'model' | 'data' | 'teacher'> {
    return {
      model: vscode.l10n.t('{0}, step {1} of {2}', basename(this.#path), number, count),
      data: data === undefined ? vscode.l10n.t('generated inputs') : basename(data),
      ...(teacher === undefined ? {} : { teacher: basename(teacher) }),
    };
  }

  #createPanel(state: TrainingState): TrainingPanel {
    const open = (id: string) => () => {
      if (this.#result !== undefined) {
        void vscode.commands.executeCommand(id, vscode.Uri.file(this.#result.reportPath));
      }
    };
    return new TrainingPanel(this.#services, state, {
      ...controlActions(this.#services, { run: this.run, path: this.#path }, () => this.#panel),
      cancel: this.#cancel,
      // A run that is repeated goes on from the checkpoint.
      goOn: () => void vscode.commands.executeCommand(CommandId.runRecipe, vscode.Uri.file(this.#path)),
      compare: open(CommandId.compareModels),
      report: open(CommandId.showReport),
    });
  }

  async #offerToShow(name: string): Promise<void> {
    const show = vscode.l10n.t('Show Training');
    const text = vscode.l10n.t('{0} trains now.', name);
    if ((await vscode.window.showInformationMessage(text, show)) === show) this.show();
  }
}
