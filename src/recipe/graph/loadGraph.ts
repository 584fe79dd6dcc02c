import type { GraphDocument } from '../../protocol';
import { withGraph } from './openGraph';

/**
 * The graph of a model file without its weights: no large weight is read and ONNX Runtime is not loaded. What is wrong
 * with a model that can still be shown is a note. Throws `file-not-found`, `file-access`, `malformed-model` or
 * `unsupported-model`.
 */
export function loadGraph(path: string): Promise<GraphDocument> {
  return withGraph(path, ({ graph }) => graph.document);
}
