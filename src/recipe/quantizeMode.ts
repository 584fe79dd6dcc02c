import { basename } from 'node:path';
import type { Sample } from '../data/dataset';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { quantizedNodes } from '../onnx/quantizedOperators';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { quantizeDynamic } from '../quantize/dynamic';
import { quantizeFp16 } from '../quantize/fp16';
import { storeHalfWeights } from '../quantize/fp16Storage';
import type { QuantizeOutcome } from '../quantize/outcome';
import { floatReason, roleOf } from '../quantize/operatorRoles';
import type { CalibrationOptions } from '../quantize/calibrate';
import { quantizeStatic, settingsFor } from '../quantize/quantizeStatic';
import { quantizeWeightOnly } from '../quantize/weightOnly';
import { weightLimit } from '../quantize/weightQuantization';
import { PressError } from '../util/pressError';
import { holdFirst } from './adaRound/heldSamples';
import { learnRounding, withRounding } from './adaRound/learnRounding';
import type { RunContext } from './runContext';

/** What a mode works on. */
export interface ModeInput {
  /** Normalised; changed in place. */
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly settings: QuantizeSettings;
  /** For the ranges of static mode; the other modes do not read them. */
  readonly samples: AsyncIterable<Sample>;
  readonly total: number;
  readonly threads: number;
  /** Of what is chosen by chance when rounding is learned; 0 when absent. */
  readonly seed?: number;
  readonly context: RunContext;
}

/** Runs the mode that the settings name, and stores the weights of what is kept in fp16. */
export async function applyMode(input: ModeInput): Promise<QuantizeOutcome> {
  const { keepFp16 = [], exclude = [], mode } = input.settings;
  // Mode fp16 stores all weights so.
  if (keepFp16.length === 0 || mode === 'fp16') return runMode(input);
  const outcome = await runMode({ ...input, settings: { ...input.settings, exclude: [...exclude, ...keepFp16] } });
  return mergeOutcomes(outcome, storeHalfWeights(input.model, { exclude }, input.context, keepFp16));
}

/** The later outcome counts for the nodes that it is about. */
function mergeOutcomes(earlier: QuantizeOutcome, later: QuantizeOutcome): QuantizeOutcome {
  const reached = new Set([...later.quantized, ...later.kept].map(({ node }) => node));
  const mapped = new Set(later.mapping.map(({ source }) => source));
  return {
    quantized: [...earlier.quantized.filter(({ node }) => !reached.has(node)), ...later.quantized],
    kept: [...earlier.kept.filter(({ node }) => !reached.has(node)), ...later.kept],
    ranges: earlier.ranges,
    mapping: [...earlier.mapping.filter(({ source }) => !mapped.has(source)), ...later.mapping],
    ...(earlier.observed ? { observed: earlier.observed } : {}),
    ...(earlier.rounding ? { rounding: earlier.rounding } : {}),
  };
}

async function runMode(input: ModeInput): Promise<QuantizeOutcome> {
  const { model, types, settings, context } = input;
  switch (settings.mode) {
    case 'static':
      return settings.rounding === 'adaround'
        ? quantizeWithAdaRound(input)
        : quantizeStatic(input, staticOptions(input));
    case 'dynamic':
      return quantizeDynamic(model, types, settings, context);
    case 'weights':
      return quantizeWeightOnly(model, types, settings, context);
    case 'fp16':
      return quantizeFp16(model, types, settings, context);
  }
}

function staticOptions({ context, threads, total }: ModeInput): CalibrationOptions {
  return { ...context, threads, total };
}

/** Quantizes to the nearest levels, keeping some of the samples that calibrate, and then learns the rounding on those. */
async function quantizeWithAdaRound(input: ModeInput): Promise<QuantizeOutcome> {
  const { model, types, settings, context, threads } = input;
  const float = cloneModel(model);
  const held: Sample[] = [];
  const samples = holdFirst(input.samples, held);
  const outcome = await quantizeStatic({ model, types, samples, settings }, staticOptions(input));
  const rounding = await learnRounding(
    {
      float,
      quantized: model,
      types,
      samples: held,
      correctsBias: settings.biasCorrection !== false,
      limitOf: (node) => {
        const { weightBits = 8, reduceRange = false } = settingsFor(settings, node);
        return weightLimit({ bits: weightBits, reduceRange });
      },
    },
    { ...context, threads, seed: input.seed ?? 0 },
  );
  return withRounding(outcome, rounding);
}

/** True when the operators of a model alone say that a mode has nothing to act on, and nothing to explain. */
export function isHopeless(model: Model, { mode }: QuantizeSettings): boolean {
  return mode === 'static' && mainGraph(model).node.every((node) => roleOf(node) !== 'core' && !floatReason(node));
}

/** Throws `already-quantized` for a model that has been through quantization before. */
export function refuseQuantized(model: Model, path: string): void {
  const nodes = quantizedNodes(model);
  const [first] = nodes;
  if (!first) return;
  throw new PressError(
    'already-quantized',
    `${basename(path)} is quantized already: it has ${nodes.length} quantized operators, such as ${first.opType}. Give the original float model.`,
    { path, count: nodes.length, operator: first.opType },
  );
}
