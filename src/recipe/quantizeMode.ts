import { basename } from 'node:path';
import type { Sample } from '../data/dataset';
import type { Model } from '../onnx/model';
import { quantizedNodes } from '../onnx/quantizedOperators';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { quantizeDynamic } from '../quantize/dynamic';
import { quantizeFp16 } from '../quantize/fp16';
import type { QuantizeOutcome } from '../quantize/outcome';
import { quantizeStatic } from '../quantize/quantizeStatic';
import { quantizeWeightOnly } from '../quantize/weightOnly';
import { PressError } from '../util/pressError';
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
  readonly context: RunContext;
}

/** Runs the mode that the settings name. */
export async function applyMode(input: ModeInput): Promise<QuantizeOutcome> {
  const { model, types, settings, samples, context } = input;
  switch (settings.mode) {
    case 'static':
      return quantizeStatic(
        { model, types, samples, settings },
        { ...context, threads: input.threads, total: input.total },
      );
    case 'dynamic':
      return quantizeDynamic(model, types, settings, context);
    case 'weights':
      return quantizeWeightOnly(model, types, settings, context);
    case 'fp16':
      return quantizeFp16(model, types, settings, context);
  }
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
