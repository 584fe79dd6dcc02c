import type { Dimension, GraphBody, GraphDocument, GraphNode, GraphTensor } from '../../../../src/protocol';

/** A node with tensors by name; an empty name is an input that is left out. */
export interface NodeSketch {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly scope?: readonly string[];
  readonly subgraphs?: readonly number[];
  readonly function?: number;
}

/** A graph with tensors by name. */
export interface BodySketch {
  readonly nodes: readonly NodeSketch[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** `W: [64, 3, 3, 3]`, or values: `scale: { values: [0.5] }`. */
  readonly weights?: Readonly<Record<string, WeightSketch>>;
  /** Declared types and shapes. */
  readonly types?: Readonly<Record<string, readonly [type: string, ...dims: Dimension[]]>>;
  /** Names that stand for tensors of an outer graph. */
  readonly captures?: Readonly<Record<string, number>>;
  readonly owner?: GraphBody['owner'];
  readonly kind?: GraphBody['kind'];
}

export type WeightSketch =
  | readonly number[]
  | {
      readonly values?: readonly number[];
      readonly dims?: readonly number[];
      readonly type?: string;
      readonly range?: readonly [number, number];
    };

/** Operator, space-separated inputs, space-separated outputs (`_` for an input that is left out), and the rest. */
export function node(operator: string, inputs: string, outputs: string, rest: Partial<NodeSketch> = {}): NodeSketch {
  const names = (text: string): string[] => text.split(' ').map((name) => (name === '_' ? '' : name));
  return { operator, inputs: inputs === '' ? [] : names(inputs), outputs: names(outputs), ...rest };
}

/** Makes a document of graphs, the main one first. Nodes without a name are `Operator_3`. */
export function makeDocument(...sketches: readonly BodySketch[]): GraphDocument {
  const numbers = sketches.map((sketch) => tensorNumbers(sketch));
  const graphs = sketches.map((sketch, graph) => makeBody(sketch, graph, numbers));
  return {
    version: 1,
    name: 'model.onnx',
    sizeBytes: 0,
    externalBytes: 0,
    irVersion: 8,
    producer: '',
    description: '',
    opsets: [{ domain: '', version: 17 }],
    metadata: {},
    parameterCount: 0,
    graphs,
    notes: [],
  };
}

function tensorNumbers(sketch: BodySketch): Map<string, number> {
  const numbers = new Map<string, number>();
  const add = (name: string): void => {
    if (name !== '' && !numbers.has(name)) numbers.set(name, numbers.size);
  };
  [...(sketch.inputs ?? []), ...Object.keys(sketch.weights ?? {})].forEach(add);
  for (const { inputs, outputs } of sketch.nodes) [...inputs, ...outputs].forEach(add);
  (sketch.outputs ?? []).forEach(add);
  return numbers;
}

function makeBody(sketch: BodySketch, graph: number, numbers: readonly Map<string, number>[]): GraphBody {
  const own = numbers[graph]!;
  const numberOf = (name: string): number => (name === '' ? -1 : own.get(name)!);
  const tensors = [...own.keys()].map((name): GraphTensor => {
    const declared = sketch.types?.[name];
    const outer = sketch.captures?.[name];
    const weight = sketch.weights?.[name];
    return {
      name,
      ...(declared === undefined ? {} : { type: declared[0], dims: declared.slice(1) as Dimension[] }), // after the type
      ...(outer === undefined ? {} : { outer: { graph: outer, tensor: numbers[outer]!.get(name)! } }),
      ...(weight === undefined ? {} : makeWeight(weight)),
    };
  });
  return {
    name: sketch.kind === 'function' ? `function${String(graph)}` : '',
    kind: sketch.kind ?? (sketch.owner === undefined ? 'main' : 'subgraph'),
    ...(sketch.owner === undefined ? {} : { owner: sketch.owner }),
    nodes: sketch.nodes.map((described, place): GraphNode => ({
      name: described.name ?? `${described.operator}_${String(place)}`,
      operator: described.operator,
      domain: described.domain ?? '',
      inputs: described.inputs.map(numberOf),
      outputs: described.outputs.map(numberOf),
      attributes: Object.entries(described.attributes ?? {}).map(([name, text]) => ({ name, type: 'ints', text })),
      ...(described.scope === undefined ? {} : { scope: described.scope }),
      ...(described.subgraphs === undefined ? {} : { subgraphs: described.subgraphs }),
      ...(described.function === undefined ? {} : { function: described.function }),
    })),
    tensors,
    inputs: (sketch.inputs ?? []).map(numberOf),
    outputs: (sketch.outputs ?? []).map(numberOf),
  };
}

function makeWeight(sketch: WeightSketch): Pick<GraphTensor, 'type' | 'dims' | 'weight'> {
  const detail = 'length' in sketch ? { dims: sketch } : sketch;
  const dims = detail.dims ?? (detail.values?.length === 1 ? [] : [detail.values?.length ?? 0]);
  const type = detail.type ?? 'float32';
  const elements = dims.reduce((product, size) => product * size, 1);
  const bytes = elements * (Number(/\d+$/.exec(type)?.[0] ?? 32) / 8);
  return {
    type,
    dims,
    weight: {
      kind: 'initializer',
      elements,
      bytes,
      external: false,
      ...(detail.values === undefined ? {} : { values: detail.values }),
      ...(detail.range === undefined ? {} : { range: detail.range }),
    },
  };
}
