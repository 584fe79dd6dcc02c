import type { LayerErrorResult, TensorError } from '../../src/protocol/index';

/** A layer of the error chart; noise is the share of the signal, 0 (exact) to 1 (nothing but noise). */
export interface LayerBar {
  readonly node: string;
  readonly opType: string;
  readonly graphwise: TensorError;
  readonly layerwise?: TensorError;
  /** KL divergence of the model's outputs when only this layer is compressed, in nats. */
  readonly outputDivergence?: number;
  readonly graphwiseNoise: number;
  readonly layerwiseNoise?: number;
}

/** The bars of the chart of layers, in graph order. */
export function layerBars({ layers }: LayerErrorResult): LayerBar[] {
  return layers.map(({ node, opType, graphwise, layerwise }) => ({
    node,
    opType,
    graphwise,
    graphwiseNoise: noiseShare(graphwise),
    ...(layerwise === undefined
      ? {}
      : {
          layerwise,
          outputDivergence: layerwise.output.divergence,
          layerwiseNoise: noiseShare(layerwise),
        }),
  }));
}

/** Amplitude of the noise in relation to the signal, cut at 1: 0.1 at 20 dB. */
export function noiseShare({ sqnrDb }: TensorError): number {
  return sqnrDb === null ? 0 : Math.min(1, 10 ** (-sqnrDb / 20));
}
