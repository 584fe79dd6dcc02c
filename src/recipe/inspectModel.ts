import { graphsOf, mainGraph, type Model } from '../onnx/model';
import type { NodeProto, TypeProto, ValueInfoProto } from '../onnx/onnx_pb';
import { quantizedNodes } from '../onnx/quantizedOperators';
import { weightBytes } from '../onnx/writeModel';
import type { InspectResult, InspectValue } from '../protocol';
import { openModel } from '../runtime/modelFile';
import { countWeights, dimensionsOf, elementName, problemOf } from './modelFacts';
import { surveyCompression } from './surveyCompression';

/**
 * Says what is in a model and what compression could act on, from its structure alone: no weight is read and ONNX
 * Runtime is not loaded. A model that is readable but broken (external data missing, a cycle) is described too, and
 * what is wrong with it is a note. Throws `file-not-found`, `file-access`, `malformed-model` or `unsupported-model`.
 */
export function inspectModel(path: string): InspectResult {
  const file = openModel(path);
  try {
    return { path, sizeBytes: file.sizeBytes, ...describe(file.model) };
  } finally {
    file.close();
  }
}

function describe(model: Model): Omit<InspectResult, 'path' | 'sizeBytes'> {
  const { proto } = model;
  const graph = mainGraph(model);
  const graphs = [...graphsOf(graph)];
  const inFunctions = proto.functions.flatMap((fn) => fn.node);
  const functionGraphs = inFunctions.flatMap((node) =>
    node.attribute.flatMap(({ g, graphs: more }) =>
      [...(g ? [g] : []), ...more].flatMap((inner) => [...graphsOf(inner)]),
    ),
  );
  const nodes = [...[...graphs, ...functionGraphs].flatMap((inner) => inner.node), ...inFunctions];
  const initializers = new Set(graph.initializer.map((tensor) => tensor.name));
  const problem = problemOf(model);
  return {
    externalBytes: weightBytes(model).external,
    irVersion: Number(proto.irVersion),
    producer: [proto.producerName, proto.producerVersion].filter((part) => part !== '').join(' '),
    opsets: proto.opsetImport.map(({ domain, version }) => ({ domain, version: Number(version) })),
    inputs: graph.input.filter((value) => !initializers.has(value.name)).map(describeValue),
    outputs: graph.output.map(describeValue),
    nodeCount: nodes.length,
    nodesByOp: countByOperator(nodes),
    functionCount: proto.functions.length,
    subgraphCount: graphs.length - 1 + functionGraphs.length,
    ...countWeights(model),
    quantized: quantizedNodes(model).length > 0,
    compressible: surveyCompression(model),
    ...(problem === undefined ? {} : { notes: [problem] }),
  };
}

/** Most frequent first; operators of other domains are written `domain:Operator`. */
function countByOperator(nodes: readonly NodeProto[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { domain, opType } of nodes) {
    const name = domain === '' || domain === 'ai.onnx' ? opType : `${domain}:${opType}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

function describeValue({ name, type }: ValueInfoProto): InspectValue {
  const value = type?.value;
  const isTensor = value?.case === 'tensorType' || value?.case === 'sparseTensorType';
  return { name, type: typeName(type), dims: isTensor ? dimensionsOf(value.value.shape) : [] };
}

function typeName(type: TypeProto | undefined): string {
  const value = type?.value;
  switch (value?.case) {
    case 'tensorType':
      return elementName(value.value.elemType);
    case 'sparseTensorType':
      return `sparse ${elementName(value.value.elemType)}`;
    case 'sequenceType':
      return `sequence of ${typeName(value.value.elemType)}`;
    case 'optionalType':
      return `optional ${typeName(value.value.elemType)}`;
    case 'mapType':
      return `map of ${elementName(value.value.keyType)} to ${typeName(value.value.valueType)}`;
    default:
      return 'unknown';
  }
}
