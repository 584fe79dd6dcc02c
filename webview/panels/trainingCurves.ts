import { extent, min } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { TrainingState } from '../../src/protocol/index';

/** What is drawn against the epochs. */
export type Quantity = 'loss' | 'accuracy';

/** Pixels of the drawing. */
export interface CurveSize {
  readonly width: number;
  readonly height: number;
}

/** A mark of an axis: where, and of what value. */
export interface Tick {
  readonly at: number;
  readonly value: number;
}

/** One chart as plain data; positions in pixels, y downwards. */
export interface Curve {
  /** Path of the training samples; empty with fewer than two points. */
  readonly training: string;
  /** Path through the held-out results, one an epoch, from before training. */
  readonly heldOut: string;
  readonly dots: readonly {
    readonly x: number;
    readonly y: number;
    readonly epoch: number;
    readonly isBest: boolean;
  }[];
  /** Where the model was before training; absent until it was measured. */
  readonly originalY?: number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly frame: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** Values on held-out samples, for the chart's text. */
  readonly facts?: { readonly start: number; readonly now: number; readonly best: number };
}

const MARGIN = { left: 66, right: 12, top: 12, bottom: 26 };
/** Room above and below the curves, as a share of their range. */
const PADDING = 0.08;

/** The chart of a quantity; undefined where nothing was measured yet, or the training has no such quantity. */
export function buildCurve(state: TrainingState, quantity: Quantity, { width, height }: CurveSize): Curve | undefined {
  const training = state.points.flatMap(({ at, ...point }): [number, number][] =>
    point[quantity] === undefined ? [] : [[at, point[quantity]]],
  );
  const start = state.start?.[quantity];
  const heldOut = state.epochs.flatMap((epoch): [number, number][] => {
    const value = quantity === 'loss' ? epoch.heldOutLoss : epoch.heldOutAccuracy;
    return value === undefined ? [] : [[epoch.epoch, value]];
  });
  const values = [...training, ...heldOut].map(([, value]) => value);
  if (start !== undefined) values.push(start);
  if (values.length === 0) return undefined;
  const frame = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const epochs = Math.max(1, state.progress?.epochs ?? state.epochs.at(-1)?.epoch ?? 1);
  const x = scaleLinear([0, epochs], [frame.left, frame.right]);
  const y = scaleLinear(domainOf(values, quantity), [frame.bottom, frame.top]);
  const path = line<[number, number]>(
    ([at]) => round(x(at)),
    ([, value]) => round(y(value)),
  );
  const all: [number, number][] = start === undefined ? heldOut : [[0, start], ...heldOut];
  const best = bestOf(
    all.map(([, value]) => value),
    quantity,
  );
  const bestEpoch = bestEpochOf(state);
  const last = all.at(-1)?.[1];
  return {
    training: training.length < 2 ? '' : (path(training) ?? ''),
    heldOut: all.length < 2 ? '' : (path(all) ?? ''),
    dots: heldOut.map(([epoch, value]) => ({
      x: round(x(epoch)),
      y: round(y(value)),
      epoch,
      isBest: epoch === bestEpoch,
    })),
    ...(start === undefined ? {} : { originalY: round(y(start)) }),
    // Epochs are whole; more than ten marks crowd the axis.
    xTicks: x
      .ticks(Math.min(epochs, 10))
      .filter(Number.isInteger)
      .map((value) => ({ at: round(x(value)), value })),
    yTicks: y.ticks(5).map((value) => ({ at: round(y(value)), value })),
    frame,
    ...(start === undefined || last === undefined || best === undefined ? {} : { facts: { start, now: last, best } }),
  };
}

/** The epoch whose weights are kept so far: by accuracy where there is one, and by loss; 0 for those before training. */
function bestEpochOf({ start, epochs }: TrainingState): number {
  let best = { epoch: 0, loss: start?.loss ?? Infinity, accuracy: start?.accuracy };
  for (const { epoch, heldOutLoss: loss, heldOutAccuracy: accuracy } of epochs) {
    const gain = (accuracy ?? 0) - (best.accuracy ?? 0);
    if (gain > 0 || (gain === 0 && loss < best.loss)) best = { epoch, loss, accuracy };
  }
  return best.epoch;
}

/** Accuracy grows to what is best, loss falls to it. */
function bestOf(values: readonly number[], quantity: Quantity): number | undefined {
  return quantity === 'loss' ? min(values) : extent(values)[1];
}

function domainOf(values: readonly number[], quantity: Quantity): [number, number] {
  const [low = 0, high = 1] = extent(values);
  const room = (high - low || Math.abs(high) || 1) * PADDING;
  // No loss is below nothing, and nobody is right more often than always.
  return [Math.max(0, low - room), quantity === 'accuracy' ? Math.min(1, high + room) : high + room];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
