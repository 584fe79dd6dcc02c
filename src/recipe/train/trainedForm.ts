import { cloneModel, type Model } from '../../onnx/model';
import type { TrainState } from '../../train/loop/trainState';
import type { StepSpec, TrainingGraphs } from '../../train/step/stepGraph';
import { writeVector } from '../../train/step/weightVector';

/** A model as it is trained: with what training adds to it, and how that is taken away again. */
export interface TrainedForm extends Pick<StepSpec, 'student' | 'batchNorm' | 'trainable'> {
  /** What is written, of the student with trained values. */
  export(trained: Model): Model | Promise<Model>;
}

/** What is written of a form with the best weights and statistics of a training. */
export async function exportBest(form: TrainedForm, graphs: TrainingGraphs, { best }: TrainState): Promise<Model> {
  const trained = cloneModel(form.student);
  writeVector(trained, graphs.weights, best.weights);
  writeVector(trained, graphs.statistics, best.statistics);
  return form.export(trained);
}
