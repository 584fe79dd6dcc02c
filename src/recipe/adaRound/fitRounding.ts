import type { Bounds } from '../../onnx/activationBounds';
import type { TensorMap, TensorValue } from '../../onnx/tensorValue';
import { createSession, type Session } from '../../runtime/session';
import {
  buildOutputChange,
  buildRoundingStep,
  roundingStart,
  type RoundingShape,
} from '../../train/reconstruct/roundingGraph';
import { throwIfCancelled } from '../../util/pressError';
import { createRandom } from '../../util/random';

/** Rows of one step. */
const BLOCK_ROWS = 256;
/** Steps of Adam for one layer. */
const STEPS = 1000;
const RATE = 0.02;
/** Of the term that pulls variables to 0 and 1 (Nagel et al., 2020), for outputs of a mean square of 1. */
const PULL = 0.01;
/** The share of steps without that term. */
const WARM_UP = 0.2;
/** The exponent of that term falls from the first to the second: at first it moves only what is nearly decided. */
const BETAS = [20, 2] as const;

/** What the rounding of one layer is learned from. Rows are positions; groups lie one after the other in a row. */
export interface RoundingProblem {
  readonly shape: RoundingShape;
  readonly bounds: Bounds | undefined;
  /** groups x depth x outputs: the levels of the quantized weight now, and the two that it may have. */
  readonly nearest: Float32Array;
  readonly floor: Float32Array;
  readonly ceil: Float32Array;
  /** The part of a step by which a float weight lies above `floor`. */
  readonly share: Float32Array;
  /** The scale of each weight. */
  readonly scale: Float32Array;
  readonly rowCount: number;
  readonly inputs: Float32Array;
  /** What the quantized layer gives now, and what it should give, before the activation function. */
  readonly given: Float32Array;
  readonly wanted: Float32Array;
  /** By row: 1 where it decides whether what was learned is kept, and teaches nothing. */
  readonly held: Uint32Array;
}

/** What was learned. */
export interface LearnedRounding {
  /** groups x depth x outputs. */
  readonly levels: Float32Array;
  /** What to add to the biases, one an output of all groups: the mean of what is left. */
  readonly shift: Float64Array;
  /** Mean squared errors of held-out rows: of the layer as it was, with `levels`, and with `levels` and `shift`. */
  readonly errors: { readonly nearest: number; readonly learned: number; readonly shifted: number };
}

/** How it is learned. */
export interface FitOptions {
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Rows in the order in which a step takes them: groups x rows x columns, so that each block is one piece of memory. */
interface Block {
  readonly rows: readonly number[];
  readonly inputs: TensorValue;
  /** What the layer gives as it is. */
  readonly given: Float32Array;
  readonly wanted: Float32Array;
}

/**
 * Learns which weights of a layer are rounded up so that its outputs, behind the activation function, come closest to the
 * wanted ones (see {@link buildRoundingStep}). Undefined where there are no rows to learn from or to check on.
 */
export async function fitRounding(problem: RoundingProblem, options: FitOptions): Promise<LearnedRounding | undefined> {
  const rows = Array.from({ length: problem.rowCount }, (_, row) => row);
  const learning = createRandom(options.seed).shuffle(rows.filter((row) => problem.held[row] === 0));
  const checking = rows.filter((row) => problem.held[row] === 1);
  if (learning.length === 0 || checking.length === 0) return undefined;
  const size = Math.min(BLOCK_ROWS, learning.length);
  const learned = blocksOf(problem, learning, size);
  const checked = blocksOf(problem, checking, size);
  const change = await createSession(buildOutputChange(problem.shape, size), { threads: options.threads });
  try {
    const levels = await learn(problem, learned, change, options);
    const delta = levels.map((level, i) => (level - at(problem.nearest, i)) * at(problem.scale, i));
    const { groups, outputs } = problem.shape;
    const shift = new Float64Array(groups * outputs);
    for (const block of learned) {
      const results = await changed(problem, change, block, delta);
      eachValue(problem.shape, block, size, (position, channel) => {
        shift[channel] =
          (shift[channel] as number) + (at(block.wanted, position) - at(results, position)) / learning.length;
      });
    }
    const errors = { nearest: 0, learned: 0, shifted: 0 };
    const clip = clipper(problem.bounds);
    for (const block of checked) {
      throwIfCancelled(options.signal);
      const results = await changed(problem, change, block, delta);
      eachValue(problem.shape, block, size, (position, channel) => {
        const target = clip(at(block.wanted, position));
        const result = at(results, position);
        errors.nearest += (clip(at(block.given, position)) - target) ** 2;
        errors.learned += (clip(result) - target) ** 2;
        errors.shifted += (clip(result + (shift[channel] as number)) - target) ** 2;
      });
    }
    const count = checking.length * groups * outputs;
    return {
      levels,
      shift,
      errors: { nearest: errors.nearest / count, learned: errors.learned / count, shifted: errors.shifted / count },
    };
  } finally {
    await change.release();
  }
}

async function learn(
  problem: RoundingProblem,
  blocks: readonly Block[],
  change: Session,
  { seed, threads, signal }: FitOptions,
): Promise<Float32Array> {
  const { shape, bounds, floor, ceil, nearest, scale } = problem;
  const dims = [shape.groups, shape.depth, shape.outputs];
  const size = blocks[0]?.inputs.dims[1] ?? 0;
  const clip = clipper(bounds);
  const toFloor = floor.map((level, i) => (level - at(nearest, i)) * at(scale, i));
  const feeds: TensorMap[] = [];
  const outputDims = [shape.groups, size, shape.outputs];
  for (const block of blocks) {
    const lower = await changed(problem, change, block, toFloor);
    feeds.push({
      inputs: block.inputs,
      lower: tensor(outputDims, lower),
      wanted: tensor(outputDims, block.wanted.map(clip)),
    });
  }
  const square = meanSquare(blocks, shape, clip);
  const step = tensor(
    dims,
    ceil.map((level, i) => (level - at(floor, i)) * at(scale, i)),
  );
  const session = await createSession(buildRoundingStep(shape, size, bounds), { threads });
  const random = createRandom(seed);
  let state: TensorMap = {
    variables: tensor(dims, problem.share.map(roundingStart)),
    first: tensor(dims, new Float32Array(floor.length)),
    second: tensor(dims, new Float32Array(floor.length)),
  };
  try {
    for (let i = 1; i <= STEPS; i++) {
      throwIfCancelled(signal);
      const progress = i / STEPS;
      const annealed = Math.max(0, (progress - WARM_UP) / (1 - WARM_UP));
      const results = await session.run({
        ...state,
        ...feeds[random.int(feeds.length)],
        step,
        errorScale: scalar(square > 0 ? 1 / square : 1),
        pull: scalar(progress < WARM_UP ? 0 : PULL),
        beta: scalar(BETAS[1] + (BETAS[0] - BETAS[1]) * (1 - annealed)),
        rate: scalar(RATE),
        correction1: scalar(1 - 0.9 ** i),
        correction2: scalar(1 - 0.999 ** i),
      });
      state = Object.fromEntries(Object.keys(state).map((name) => [name, results[`${name}'`] as TensorValue]));
    }
  } finally {
    await session.release();
  }
  const variables = state['variables']?.data as Float32Array;
  return floor.map((level, i) => (at(variables, i) >= 0 ? at(ceil, i) : level));
}

/** The mean square of what is wanted, which makes the weight of the other term of the loss independent of units. */
function meanSquare(blocks: readonly Block[], shape: RoundingShape, clip: (value: number) => number): number {
  let [sum, count] = [0, 0];
  for (const block of blocks) {
    eachValue(shape, block, block.inputs.dims[1] ?? 0, (position) => {
      sum += clip(at(block.wanted, position)) ** 2;
      count++;
    });
  }
  return sum / Math.max(1, count);
}

/** What the layer gives after its weights changed by `delta`. */
async function changed(
  { shape }: RoundingProblem,
  session: Session,
  { inputs, given }: Block,
  delta: Float32Array,
): Promise<Float32Array> {
  const { groups, depth, outputs } = shape;
  const base = tensor([groups, inputs.dims[1] ?? 0, outputs], given);
  const results = await session.run({ base, inputs, change: tensor([groups, depth, outputs], delta) });
  return results['outputs']?.data as Float32Array;
}

/** The last block is filled by repeating its rows; of what is repeated only the first counts when it is summed up. */
function blocksOf(problem: RoundingProblem, rows: readonly number[], size: number): Block[] {
  const { groups, depth, outputs } = problem.shape;
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => {
    const own = rows.slice(i * size, (i + 1) * size);
    const filled = Array.from({ length: size }, (_, row) => own[row % own.length] as number);
    return {
      rows: own,
      inputs: tensor([groups, size, depth], grouped(problem.inputs, filled, groups, depth)),
      given: grouped(problem.given, filled, groups, outputs),
      wanted: grouped(problem.wanted, filled, groups, outputs),
    };
  });
}

function grouped(values: Float32Array, rows: readonly number[], groups: number, columns: number): Float32Array {
  const result = new Float32Array(rows.length * groups * columns);
  for (let group = 0; group < groups; group++) {
    rows.forEach((row, i) => {
      const start = (row * groups + group) * columns;
      result.set(values.subarray(start, start + columns), (group * rows.length + i) * columns);
    });
  }
  return result;
}

/** Visits each output of each row of a block once, by its position in the block and its channel. */
function eachValue(
  { groups, outputs }: RoundingShape,
  block: Block,
  size: number,
  visit: (position: number, channel: number) => void,
): void {
  for (let group = 0; group < groups; group++)
    for (let row = 0; row < block.rows.length; row++)
      for (let output = 0; output < outputs; output++)
        visit((group * size + row) * outputs + output, group * outputs + output);
}

function clipper(bounds: Bounds | undefined): (value: number) => number {
  return bounds ? (value) => Math.min(bounds.high, Math.max(bounds.low, value)) : (value) => value;
}

function tensor(dims: readonly number[], data: Float32Array): TensorValue {
  return { type: 'float32', dims, data };
}

function scalar(value: number): TensorValue {
  return tensor([], Float32Array.of(value));
}

function at(values: Float32Array, index: number): number {
  return values[index] as number; // all indexes come from loops over arrays of the same length
}
