import type { TensorInfo } from '../onnx/tensorValue';
import { PressError } from '../util/pressError';
import { formatShape } from './errors';

/**
 * Concrete dimensions for every input (or the `wanted` ones). Given shapes win; a name that one of them gives a size has it everywhere; the
 * first dimension (the batch) is 1 otherwise. Throws `unknown-shape` when another dimension stays dynamic, and
 * `bad-option` when a given shape contradicts the model or names no input.
 */
export function resolveShapes(
  inputs: readonly TensorInfo[],
  shapes: Readonly<Record<string, readonly number[]>>,
  wanted: readonly TensorInfo[] = inputs,
): Readonly<Record<string, readonly number[]>> {
  checkNames(inputs, Object.keys(shapes), '--shape');
  const sizes = new Map<string, number>();
  for (const info of inputs) {
    const given = shapes[info.name];
    if (!given) continue;
    checkShape(info, given);
    info.dims.forEach((dim, axis) => {
      if (typeof dim === 'string' && !sizes.has(dim)) sizes.set(dim, given[axis] ?? 1);
    });
  }
  for (const { dims } of inputs) {
    const [batch] = dims;
    if (typeof batch === 'string' && !sizes.has(batch)) sizes.set(batch, 1);
  }
  return Object.fromEntries(wanted.map((info) => [info.name, shapes[info.name] ?? resolveInput(info, sizes)]));
}

/** Throws `bad-option` when an option names an input that the model does not have. */
export function checkNames(inputs: readonly TensorInfo[], names: readonly string[], option: string): void {
  const unknown = names.find((name) => !inputs.some((info) => info.name === name));
  if (unknown === undefined) return;
  throw new PressError(
    'bad-option',
    `${option} names the input "${unknown}", but the model has ${inputs.map(({ name }) => `"${name}"`).join(', ')}. Correct the name.`,
    { option, input: unknown },
  );
}

function resolveInput(info: TensorInfo, sizes: ReadonlyMap<string, number>): readonly number[] {
  return info.dims.map((dim, axis) => {
    if (typeof dim === 'number' && dim >= 0) return dim;
    const size = typeof dim === 'string' ? sizes.get(dim) : undefined;
    if (size !== undefined) return size;
    if (axis === 0) return 1;
    const example = info.dims.map((each) => (typeof each === 'number' ? each : 'N')).join('x');
    throw new PressError(
      'unknown-shape',
      `Input "${info.name}" is ${formatShape(info.dims)}: the size of dimension ${axis + 1} is not known. ` +
        `Give it with --shape ${info.name}=${example}.`,
      { input: info.name, dims: info.dims.map((each) => String(each ?? '?')) },
    );
  });
}

function checkShape(info: TensorInfo, given: readonly number[]): void {
  const fits =
    given.length === info.dims.length && info.dims.every((dim, axis) => typeof dim !== 'number' || dim === given[axis]);
  if (fits) return;
  throw new PressError(
    'bad-option',
    `The shape ${formatShape(given)} does not fit input "${info.name}", which is ${formatShape(info.dims)}. Correct --shape or inputs.json.`,
    { input: info.name },
  );
}
