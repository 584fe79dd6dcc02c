import { mainGraph } from '../../onnx/model';
import { validateModel } from '../../onnx/validateModel';
import type { GraphShapes } from '../../protocol';
import { inferTensorTypes } from '../../runtime/tensorTypes';
import { errorMessage, PressError } from '../../util/pressError';
import { withGraph } from './openGraph';

/** A model of more nodes takes ONNX Runtime too long to look at while a person waits. */
const MAX_NODES = 50_000;

/**
 * Types and shapes of the main graph's tensors that the file does not give, as ONNX Runtime infers them without
 * running the model. A model that it refuses has none, and the reason.
 */
export function inferGraphShapes(path: string): Promise<GraphShapes> {
  return withGraph(path, async ({ file, graph }) => {
    const [main] = graph.document.graphs;
    if (!main) return { tensors: [] };
    if (mainGraph(file.model).node.length > MAX_NODES) {
      return { tensors: [], problem: `The model has more than ${MAX_NODES} nodes; their shapes are not inferred.` };
    }
    try {
      validateModel(file.model);
      const infos = await inferTensorTypes(file.model);
      const tensors: GraphShapes['tensors'][number][] = [];
      main.tensors.forEach(({ name, type, dims, weight }, tensor) => {
        const info = infos.get(name);
        if (!info || info.type === 'unknown' || weight) return;
        const isKnown = type !== undefined && dims?.every((dim) => typeof dim === 'number');
        if (!isKnown) tensors.push({ graph: 0, tensor, type: info.type, dims: info.dims });
      });
      return { tensors };
    } catch (error) {
      if (error instanceof PressError) return { tensors: [], problem: errorMessage(error) };
      throw error;
    }
  });
}
