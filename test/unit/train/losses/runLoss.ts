import { buildModel, buildValueInfo } from '../../../fixtures/buildModel';
import { mainGraph } from '../../../../src/onnx/model';
import { createSession } from '../../../../src/runtime/session';
import { inferTensorTypes } from '../../../../src/runtime/tensorTypes';
import { buildGradient } from '../../../../src/train/gradient/buildGradient';
import { createGraphWriter, type GraphWriter } from '../../../../src/train/graph/graphWriter';
import type { LossTensor } from '../../../../src/train/losses/pieces';

/** A tensor that a test feeds. */
export interface Fed {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

type Build<N extends string> = (writer: GraphWriter, tensors: Record<N, LossTensor>) => string;

/** The values of a loss that is built over fed tensors. */
export async function runLoss<N extends string>(fed: Record<N, Fed>, build: Build<N>): Promise<number[]> {
  const { model, output } = lossModel(fed, build);
  mainGraph(model).output.push(buildValueInfo(output, ['float32', []]));
  delete (mainGraph(model).output[0] as { type?: unknown }).type;
  const session = await createSession(model, { threads: 1 });
  const outputs = await session.run(feedsOf(fed));
  await session.release();
  return [...(outputs[output]?.data as Float32Array)];
}

/** The largest difference between the gradient that is built for a scalar loss and central differences, relative. */
export async function gradientError<N extends string>(
  fed: Record<N, Fed>,
  wrt: NoInfer<N>,
  build: Build<N>,
): Promise<{ error: number; size: number }> {
  const { model, output } = lossModel(fed, build);
  const graph = mainGraph(model);
  const { gradients } = buildGradient(model, await inferTensorTypes(model), { loss: output, wrt: [wrt] });
  const gradient = gradients.get(wrt) ?? '';
  for (const name of [output, gradient]) graph.output.push(untyped(name));
  const session = await createSession(model, { threads: 1 });
  const { [gradient]: value } = await session.run(feedsOf(fed));
  const actual = value?.data as Float32Array;
  const step = 1e-2;
  const lossAt = async (i: number, delta: number): Promise<number> => {
    const { dims, values } = fed[wrt];
    const moved = values.map((v, j) => (i === j ? v + delta : v));
    const outputs = await session.run(feedsOf({ ...fed, [wrt]: { dims, values: moved } }));
    return (outputs[output]?.data as Float32Array)[0] as number;
  };
  let error = 0;
  for (const [i, at] of actual.entries()) {
    error = Math.max(error, Math.abs(((await lossAt(i, step)) - (await lossAt(i, -step))) / (2 * step) - at));
  }
  await session.release();
  const size = Math.max(...actual.map(Math.abs));
  return { error: error / size, size };
}

function lossModel<N extends string>(fed: Record<N, Fed>, build: Build<N>) {
  const entries = Object.entries<Fed>(fed);
  const inputs = Object.fromEntries(entries.map(([name, { dims }]) => [name, ['float32', dims] as const]));
  const model = buildModel({ inputs, nodes: [] });
  const tensors = Object.fromEntries(entries.map(([name, { dims }]) => [name, { name, dims }]));
  return { model, output: build(createGraphWriter(model, 'loss/'), tensors as Record<N, LossTensor>) };
}

function untyped(name: string) {
  const info = buildValueInfo(name, ['float32', []]);
  delete (info as { type?: unknown }).type;
  return info;
}

function feedsOf(fed: Readonly<Record<string, Fed>>) {
  return Object.fromEntries(
    Object.entries(fed).map(([name, { dims, values }]) => [
      name,
      { type: 'float32' as const, dims, data: Float32Array.from(values) },
    ]),
  );
}
