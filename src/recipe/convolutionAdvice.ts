import { basename } from 'node:path';
import { indexGraph } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import { elementCount } from '../onnx/tensor';
import type { LayerKept, QuantizeParams, ReportWarning } from '../protocol';
import { CONVOLUTIONS_ON_REQUEST } from '../quantize/weightOnly';
import { PressError } from '../util/pressError';

/** Convolutions with a smaller share of a model's parameters are not worth a word. */
const NOTABLE_SHARE = 0.2;

/**
 * Refuses a model of which a mode can act on nothing. Where weights mode would have stored convolutions if it had been
 * asked to, the message says how to ask, and `details.option` is `includeConv`.
 */
export function nothingToQuantize({ model, settings }: QuantizeParams, kept: readonly LayerKept[]): PressError {
  const { mode } = settings;
  const convolutions = onRequest(kept).length;
  if (convolutions > 0) {
    return new PressError(
      'nothing-to-quantize',
      `Weights mode leaves ${basename(model)} as it is: the weights of its ${convolutions} convolutions are stored as int8 only on request (a quarter of the size, computed in float, no faster). Add --include-conv, or try another mode.`,
      { path: model, mode, option: 'includeConv' },
    );
  }
  const [example] = kept;
  const why = example ? ` For example ${example.node}: ${example.reason}` : '';
  return new PressError(
    'nothing-to-quantize',
    `Nothing in ${basename(model)} can be quantized in ${mode} mode.${why} Try another mode.`,
    { path: model, mode },
  );
}

/** Says in weights mode that convolutions hold much of the model and were left, or that storing them gains no speed. */
export function convolutionWarnings(
  { settings }: QuantizeParams,
  model: Model,
  kept: readonly LayerKept[],
): ReportWarning[] {
  if (settings.mode !== 'weights') return [];
  if (settings.includeConv) {
    const message =
      'Weights of convolutions are stored as int8 and become float when the model is loaded: the file is smaller, and runs no faster.';
    return [{ code: 'stored-convolutions', message }];
  }
  const left = onRequest(kept);
  if (shareOf(model, new Set(left.map(({ node }) => node))) < NOTABLE_SHARE) return [];
  const message = `The weights of ${left.length} convolutions stay float32. To store them as int8 too, add --include-conv.`;
  return [{ code: 'kept-convolutions', message }];
}

function onRequest(kept: readonly LayerKept[]): LayerKept[] {
  return kept.filter(({ reason }) => reason === CONVOLUTIONS_ON_REQUEST);
}

/** The share of all parameters that are weights of these nodes. */
function shareOf(model: Model, nodes: ReadonlySet<string>): number {
  const { graph, initializers } = indexGraph(model);
  const weights = new Set(graph.node.filter(({ name }) => nodes.has(name)).map(({ input }) => input[1] ?? ''));
  let part = 0;
  let whole = 0;
  for (const [name, tensor] of initializers) {
    const count = elementCount(tensor);
    whole += count;
    if (weights.has(name)) part += count;
  }
  return whole === 0 ? 0 : part / whole;
}
