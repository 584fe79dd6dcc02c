import { freeNames, indexGraph, type GraphIndex } from '../../onnx/graphIndex';
import { subgraphsOf, type Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import type { TensorInfo } from '../../onnx/tensorValue';
import { AxisTable } from './axisTable';
import { collectGroups } from './groups';
import { obstacle, tensorsAround, type Decision, type RuleContext } from './rule';
import { ruleOf } from './ruleTable';
import type { Coupling } from './types';
import { createVanishes } from './vanishes';

/**
 * Finds which channels, features, heads and hidden units of a normalised model hang together (after Fang et al.,
 * "DepGraph: Towards Any Structural Pruning", 2023): rules by operator tie elements of axes, and what is tied is a unit.
 * `types` are those of all tensors of the main graph (`inferTensorTypes`); where inputs have dynamic dimensions, those of
 * a copy whose inputs have the shapes that are fed, since nothing can be tied across an axis of unknown length.
 * Deterministic; the model is not changed.
 */
export function couple(model: Model, types: ReadonlyMap<string, TensorInfo>): Coupling {
  const index = indexGraph(model);
  const axes = new AxisTable(types, floatWeights(index, types));
  const decisions: Decision[] = [];
  const context: RuleContext = {
    model,
    index,
    types,
    axes,
    vanishes: createVanishes(model, index),
    defer: (decision) => decisions.push(decision),
  };
  freezeBorders(index, axes);
  for (const node of index.graph.node) applyRule(node, context);
  settle(decisions);
  return { groups: collectGroups(index, axes) };
}

/** Lists of axes, shapes and indices are constants, but make no units. */
function floatWeights({ initializers }: GraphIndex, types: ReadonlyMap<string, TensorInfo>): Set<string> {
  return new Set([...initializers.keys()].filter((name) => types.get(name)?.type.startsWith('float')));
}

/** Inputs and outputs of the model keep their shapes. */
function freezeBorders({ graph, captured, inputs, outputs }: GraphIndex, axes: AxisTable): void {
  const freeze = (name: string, reason: string): void => {
    for (const axis of axes.axesOf(name)) axes.freeze(axis, reason);
  };
  for (const name of inputs) freeze(name, `The input "${name}" of the model keeps its shape.`);
  for (const name of outputs) freeze(name, `The output "${name}" of the model keeps its shape.`);
  for (const name of captured) freeze(name, `A subgraph reads "${name}".`);
  for (const { values } of graph.sparseInitializer) {
    if (values) freeze(values.name, `The weight "${values.name}" is stored in sparse form.`);
  }
}

function applyRule(node: NodeProto, context: RuleContext): void {
  const hasSubgraph = subgraphsOf(node).length > 0;
  const rule = hasSubgraph ? undefined : ruleOf(node);
  const problem = rule ? rule(node, context) : 'is of an operator that channels are not followed through';
  if (problem === undefined) return;
  const inner = hasSubgraph ? subgraphsOf(node).flatMap((graph) => [...freeNames(graph)]) : [];
  const { axes } = context;
  for (const name of [...tensorsAround(node), ...inner]) {
    for (const axis of axes.axesOf(name)) {
      axes.freeze(axis, obstacle(node, problem));
      axes.setRole(axis, 'makes', node);
    }
  }
}

/** Makes the decisions that are forced, until no more are, and then the others in the order of the graph. */
function settle(decisions: readonly Decision[]): void {
  let open = decisions;
  for (let before = -1; before !== open.length;) {
    before = open.length;
    open = open.filter((decision) => !decision.decide(false));
  }
  for (const decision of open) decision.decide(true);
}
