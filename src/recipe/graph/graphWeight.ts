import { decoderOf } from './decodeElements';
import type { Model } from '../../onnx/model';
import type { GraphWeight } from '../../protocol';
import { PressError } from '../../util/pressError';
import { countOrZero } from '../modelFacts';
import { readElements } from './readElements';
import { isExternal, storedBytes, type StoredWeight } from './storedWeight';

/** Weights of up to so many elements travel with the graph. */
const MAX_VALUES = 64;
/** Of weights up to this size (a scale for each channel of the widest layers) the range travels with the graph. */
const MAX_RANGE_ELEMENTS = 65_536;

/** How many elements may still be read while a graph is loaded, so that loading stays fast whatever is in it. */
export interface ReadBudget {
  elements: number;
}

/** What the graph says of a weight without being asked: its size, and its values or range where it is small. */
export function describeWeight(model: Model, weight: StoredWeight, budget: ReadBudget): GraphWeight {
  const elements = weight.dims.reduce((product, dim) => product * dim, 1);
  return {
    kind: weight.kind,
    elements: Number.isSafeInteger(elements) && elements >= 0 ? elements : countOrZero(weight.values),
    bytes: storedBytes(model, weight),
    external: isExternal(model, weight),
    ...(weight.kind === 'sparse' ? {} : smallValues(model, weight, elements, budget)),
  };
}

function smallValues(
  model: Model,
  { values }: StoredWeight,
  elements: number,
  budget: ReadBudget,
): Pick<GraphWeight, 'values' | 'range'> {
  if (!(elements > 0 && elements <= MAX_RANGE_ELEMENTS) || elements > budget.elements) return {};
  if (!decoderOf(values.dataType)) return {};
  budget.elements -= elements;
  const numbers = numbersOf(model, values, elements);
  if (!numbers) return {};
  // JSON has no NaN and no infinity: such weights are shown when they are asked for.
  if (elements <= MAX_VALUES) return numbers.every(Number.isFinite) ? { values: Array.from(numbers) } : {};
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] as number; // within its length
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return Number.isFinite(minimum) && Number.isFinite(maximum) ? { range: [minimum, maximum] } : {};
}

/** Undefined where the payload is missing or wrong; the notes of the document say so. */
function numbersOf(model: Model, tensor: StoredWeight['values'], elements: number): Float64Array | undefined {
  try {
    const reader = readElements(model, tensor);
    return reader.count === elements ? reader.read(0, elements) : undefined;
  } catch (error) {
    if (error instanceof PressError) return undefined;
    throw error;
  }
}
