import { mergeInputOptions, readInputOptions, type InputOptions } from '../data/inputOptions';
import type { Dataset } from '../data/dataset';
import { openDataset } from '../data/openDataset';
import { syntheticSamples } from '../data/syntheticSamples';
import type { TensorInfo } from '../onnx/tensorValue';
import type { EvaluationDataParams } from '../protocol';

/** Samples where nothing is given to read. */
const GENERATED_SAMPLES = 16;

/** Opens the data of a request, or generates samples when it names none. */
export async function openData(
  modelPath: string,
  inputs: readonly TensorInfo[],
  params: EvaluationDataParams,
): Promise<Dataset> {
  const inputOptions = await inputOptionsFor(modelPath, params);
  if (params.data === undefined || params.synthetic) {
    return syntheticSamples(inputs, params.limit ?? GENERATED_SAMPLES, params.seed ?? 0, inputOptions);
  }
  return openDataset(params.data, inputs, {
    inputOptions,
    ...(params.limit === undefined ? {} : { limit: params.limit }),
    ...(params.seed === undefined ? {} : { seed: params.seed }),
  });
}

/** Shapes and constant values for a model's inputs: what the person says, else what `inputs.json` beside it says. */
async function inputOptionsFor(modelPath: string, params: EvaluationDataParams): Promise<InputOptions> {
  return mergeInputOptions(await readInputOptions(modelPath), {
    shapes: params.shapes ?? {},
    fills: params.fills ?? {},
  });
}
