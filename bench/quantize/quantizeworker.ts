import { rmSync } from 'node:fs';
import { initializerNames } from '../../src/onnx/graphIndex';
import { cloneModel, mainGraph } from '../../src/onnx/model';
import { validateModel } from '../../src/onnx/validateModel';
import { applyMode, refuseQuantized } from '../../src/recipe/quantizeMode';
import { openQuantizeSamples, samplesOf } from '../../src/recipe/quantizeSamples';
import { timingFeeds } from '../../src/recipe/evaluationData';
import { createStopwatch } from '../../src/recipe/stopwatch';
import { openModel, saveModel } from '../../src/runtime/modelFile';
import { normaliseModel } from '../../src/runtime/normaliseModel';
import { inferTensorTypes } from '../../src/runtime/tensorTypes';
import { processCost } from './processCost';
import type { QuantizeTask } from './tasks';

/**
 * What `onnx-press quantize` does up to the written model, without what the peer does not do either: running both
 * models on samples to verify and measure. Prints what it cost this process.
 */
async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2] ?? '') as QuantizeTask; // written by processes.ts
  const { signal } = new AbortController();
  const context = { signal, onProgress: () => undefined, log: () => undefined };
  const watch = createStopwatch();
  const { params } = task;
  const file = openModel(params.model);
  validateModel(file.model);
  refuseQuantized(file.model, params.model);
  const types = await inferTensorTypes(file.model);
  const graph = mainGraph(file.model);
  const constants = new Set(initializerNames(graph));
  const inputs = graph.input.flatMap(({ name }) => (constants.has(name) ? [] : (types.get(name) ?? [])));
  const { calibration } = await watch.time('read', openQuantizeSamples(params, inputs));
  const { feeds } = await timingFeeds(calibration.dataset, [inputs], signal);
  const normalised = await watch.time('normalise', normaliseModel(file.model, { feeds: [feeds], signal }));
  const model = cloneModel(normalised.model);
  await watch.time(
    'quantize',
    applyMode({
      model,
      types: await inferTensorTypes(model),
      settings: params.settings,
      samples: samplesOf(calibration, signal),
      total: calibration.count,
      threads: params.threads ?? 0,
      context,
    }),
  );
  rmSync(task.output, { force: true });
  saveModel(model, task.output);
  file.close();
  console.log(JSON.stringify(processCost(watch.seconds())));
}

void main();
