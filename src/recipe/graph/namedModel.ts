import { cloneModel, mainGraph, type Model } from '../../onnx/model';
import type { GraphDocument } from '../../protocol';

/** The model, or where it leaves nodes without a name of their own, a copy in which they have those of the document. */
export function namedModel(model: Model, { graphs }: GraphDocument): Model {
  const names = graphs[0]?.nodes.map(({ name }) => name) ?? [];
  if (mainGraph(model).node.every(({ name }, i) => name === names[i])) return model;
  const copy = cloneModel(model);
  mainGraph(copy).node.forEach((node, i) => (node.name = names[i] ?? node.name));
  return copy;
}
