import { mergeInputOptions, readInputOptions, type InputOptions } from '../data/inputOptions';
import type { Dataset } from '../data/dataset';
import { openDataset } from '../data/openDataset';
import { syntheticSamples } from '../data/syntheticSamples';
import type { TensorInfo } from '../onnx/tensorValue';

/** The parts of a request that say what to feed a model. */
export interface DataParams {
  readonly data?: string;
  readonly synthetic?: boolean;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly fills?: Readonly<Record<string, number>>;
  readonly limit?: number;
  readonly seed?: number;
}

/** Samples where nothing is given to read. */
const GENERATED_SAMPLES = 16;

/** Shapes and constant values for a model's inputs: what the person says, else what `inputs.json` beside it says. */
export async function inputOptionsFor(modelPath: string, params: DataParams): Promise<InputOptions> {
  return mergeInputOptions(await readInputOptions(modelPath), {
    shapes: params.shapes ?? {},
    fills: params.fills ?? {},
  });
}

/** Opens the data of a request, or generates samples when it names none. */
export async function openData(modelPath: string, inputs: readonly TensorInfo[], params: DataParams): Promise<Dataset> {
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
