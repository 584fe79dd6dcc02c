import { findAttribute, makeNode, setAttribute } from '../onnx/attributes';
import { createNamer, freeNames, indexGraph, isStandard, type GraphIndex } from '../onnx/graphIndex';
import { mainGraph, subgraphsOf, type Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx/onnx_pb';
import { addTensor } from '../onnx/tensor';
import type { TensorInfo } from '../onnx/tensorValue';
import { dropUnused } from '../onnx/rewrites/editGraph';
import type { QuantizeSettings } from '../protocol';
import { throwIfCancelled } from '../util/pressError';
import { createExclusion } from '../onnx/exclude';
import { chooseFloat32Nodes } from './fp16Placement';
import { addHalfTensor } from './fp16Tensor';
import { addInitializers } from './modelEdits';
import { emptyOutcome, type QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';

/** Inputs that are float32 whatever the type of the data is. */
const FLOAT32_INPUTS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2] };

/**
 * Makes a graph that computes in float16, for GPUs and other processors with float16 arithmetic. Inputs and outputs stay
 * float32 with a Cast each; so do operators that need float32. A tensor keeps its name for its float32 form, and its
 * float16 form has a name of its own; either is made from the other by a Cast where it is first needed.
 */
export function convertToHalf(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  settings: QuantizeSettings,
  context: QuantizeContext,
): QuantizeOutcome {
  const graph = mainGraph(model);
  const index = indexGraph(model);
  const exclusion = createExclusion(settings.exclude);
  const float32 = chooseFloat32Nodes(index, types, (node) => exclusion.match(node));
  const forms = createForms(model, index);
  const outcome = emptyOutcome();
  const isFloat = (name: string): boolean => types.get(name)?.type === 'float32';
  graph.node.forEach((node, i) => {
    throwIfCancelled(context.signal);
    context.onProgress?.({ stage: 'quantize', done: i, total: graph.node.length });
    const captured = subgraphsOf(node).flatMap((inner) => [...freeNames(inner)]);
    const touchesFloats = [...node.input, ...node.output, ...captured].some(isFloat);
    const reason = float32.get(node);
    if (!touchesFloats) forms.nodes.push(node);
    else if (reason !== undefined) {
      for (const name of [...node.input, ...captured]) if (isFloat(name)) forms.need(name, 'full');
      forms.nodes.push(node);
      for (const name of node.output) if (isFloat(name)) forms.made(name, 'full');
      outcome.kept.push({ node: node.name, opType: node.opType, reason });
    } else {
      convertNode(model, node, isFloat, forms);
      outcome.quantized.push({ node: node.name, opType: node.opType, scheme: 'fp16 compute' });
      outcome.mapping.push({ source: node.name, targets: [node.name] });
    }
  });
  for (const { name } of graph.output) if (isFloat(name)) forms.need(name, 'full');
  graph.node = forms.nodes;
  dropUnused(model);
  return outcome;
}

function convertNode(model: Model, node: NodeProto, isFloat: (name: string) => boolean, forms: Forms): void {
  const fixed = isStandard(node) ? (FLOAT32_INPUTS[node.opType] ?? []) : [];
  const makesFloat = node.output.some(isFloat);
  node.input = node.input.map((name, i) =>
    isFloat(name) ? forms.need(name, fixed.includes(i) ? 'full' : 'half') : name,
  );
  forms.nodes.push(node);
  node.output = node.output.map((name) => (isFloat(name) ? forms.made(name, 'half') : name));
  if (node.opType === 'Cast' && makesFloat) setAttribute(node, 'to', Type.FLOAT16);
  if (node.opType === 'ConstantOfShape' && makesFloat) setHalfValue(model, node);
}

/** The fill of ConstantOfShape, whose default is a float32 zero. */
function setHalfValue(model: Model, node: NodeProto): void {
  const value = findAttribute(node, 'value')?.t;
  const half = value
    ? addHalfTensor(model, value, '', true)
    : addTensor(model, '', Type.FLOAT16, [1], new Uint8Array(2));
  setAttribute(node, 'value', { tensor: half });
}

type Form = 'full' | 'half';

interface Forms {
  /** The nodes of the new graph so far. */
  readonly nodes: NodeProto[];
  /** The name of a form of a float tensor, made by a Cast or as an initializer if it does not exist yet. */
  need(name: string, form: Form): string;
  /** Notes that the last node makes this form, and returns the name it has to use. */
  made(name: string, form: Form): string;
}

function createForms(model: Model, index: GraphIndex): Forms {
  const newName = createNamer(model);
  const nodes: NodeProto[] = [];
  const existing = new Set<string>(); // "form name"
  const halfNames = new Map<string, string>();
  const nameOf = (name: string, form: Form): string => {
    if (form === 'full') return name;
    const half = halfNames.get(name) ?? newName(`${name}_fp16`);
    halfNames.set(name, half);
    return half;
  };
  for (const name of [...index.inputs, ...index.initializers.keys()]) existing.add(`full ${name}`);
  return {
    nodes,
    need(name, form) {
      const wanted = nameOf(name, form);
      if (existing.has(`${form} ${name}`)) return wanted;
      existing.add(`${form} ${name}`);
      const constant = index.inputs.has(name) ? undefined : index.initializers.get(name);
      if (constant) addInitializers(model, addHalfTensor(model, constant, wanted, true));
      else {
        const source = nameOf(name, form === 'full' ? 'half' : 'full');
        const to = form === 'full' ? Type.FLOAT : Type.FLOAT16;
        nodes.push(makeNode('Cast', newName(`${wanted}_Cast`), [source], [wanted], { to }));
      }
      return wanted;
    },
    made(name, form) {
      existing.add(`${form} ${name}`);
      return nameOf(name, form);
    },
  };
}
