import type { Dimension, GraphDocument, GraphShapes, GraphWeight } from '../../../src/protocol';
import { indexDocument } from './documentIndex';

/** Types and shapes of tensors by number: the file's, otherwise those that ONNX Runtime inferred. */
export interface TensorFacts {
  readonly type: (tensor: number) => string | undefined;
  readonly dims: (tensor: number) => readonly Dimension[] | undefined;
  readonly weight: (tensor: number) => GraphWeight | undefined;
}

/** Joins what the file says of tensors with what was inferred. Inferred sizes replace those that the file leaves open. */
export function createTensorFacts(document: GraphDocument, shapes?: GraphShapes): TensorFacts {
  const index = indexDocument(document);
  const inferred = new Map<number, GraphShapes['tensors'][number]>();
  for (const shape of shapes?.tensors ?? []) {
    inferred.set((index.tensorStart[shape.graph] ?? 0) + shape.tensor, shape);
  }
  return {
    type: (tensor) => index.tensors[tensor]?.type ?? inferred.get(tensor)?.type,
    dims: (tensor) => {
      const own = index.tensors[tensor]?.dims;
      const other = inferred.get(tensor)?.dims;
      if (own === undefined || other?.length !== own.length) return own ?? other;
      return own.map((size, axis) => size ?? other[axis] ?? null);
    },
    weight: (tensor) => index.tensors[tensor]?.weight,
  };
}

/** `1×64×56×56`, `N×?×8`; `scalar` is written as an empty text. */
export function dimsText(dims: readonly Dimension[]): string {
  return dims.map((size) => (size === null ? '?' : String(size))).join('×');
}

/** `float32 1×64×56×56`; empty where nothing is known. */
export function tensorText(facts: TensorFacts, tensor: number): string {
  const dims = facts.dims(tensor);
  return [facts.type(tensor) ?? '', dims === undefined ? '' : dimsText(dims)].filter((part) => part !== '').join(' ');
}

/** Number of elements where all sizes are known. */
export function elementsOf(dims: readonly Dimension[] | undefined): number | undefined {
  if (dims === undefined) return undefined;
  let product = 1;
  for (const size of dims) {
    if (typeof size !== 'number') return undefined;
    product *= size;
  }
  return product;
}
