import type { GraphWriter } from '../graph/graphWriter';

/** A tensor of fixed shape that a loss reads; the batch comes first. */
export interface LossTensor {
  readonly name: string;
  readonly dims: readonly number[];
}

/** Keeps roots and quotients of norms away from zero, where they have no gradient. */
const TINY = 1e-12;

/** How many elements a shape has. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** The sum over some axes, which are dropped unless kept. */
export function sumOver(writer: GraphWriter, name: string, axes: readonly number[], keep = false): string {
  return writer.op('ReduceSum', [name, writer.ints(axes)], { keepdims: keep ? 1 : 0 });
}

/** The mean over all elements, a scalar. */
export function meanOf(writer: GraphWriter, { name, dims }: LossTensor): string {
  const sum = sumOver(
    writer,
    name,
    dims.map((_, axis) => axis),
  );
  return writer.op('Mul', [sum, writer.float(1 / sizeOf(dims))]);
}

/** The same elements, one row a sample. */
export function rowsOf(writer: GraphWriter, { name, dims }: LossTensor): LossTensor {
  const [count = 1, ...rest] = dims;
  if (rest.length === 1) return { name, dims };
  const flat = [count, sizeOf(rest)];
  return { name: writer.op('Reshape', [name, writer.ints(flat)]), dims: flat };
}

/** Rows of unit length along the last axis. */
export function unitRows(writer: GraphWriter, { name, dims }: LossTensor): LossTensor {
  const squares = sumOver(writer, writer.op('Mul', [name, name]), [dims.length - 1], true);
  const length = writer.op('Sqrt', [writer.op('Add', [squares, writer.float(TINY)])]);
  return { name: writer.op('Div', [name, length]), dims };
}

/** The mean of the squared differences of two tensors of one shape, a scalar. */
export function meanSquare(writer: GraphWriter, a: LossTensor, b: LossTensor): string {
  const difference = writer.op('Sub', [a.name, b.name]);
  return meanOf(writer, { name: writer.op('Mul', [difference, difference]), dims: a.dims });
}

/** Channels of a feature without its places: the mean over every axis behind the second. */
export function pooled(writer: GraphWriter, feature: LossTensor): LossTensor {
  const [count = 1, channels = 1, ...places] = feature.dims;
  if (places.length === 0) return feature;
  const sum = sumOver(
    writer,
    feature.name,
    places.map((_, axis) => axis + 2),
  );
  return { name: writer.op('Mul', [sum, writer.float(1 / sizeOf(places))]), dims: [count, channels] };
}
