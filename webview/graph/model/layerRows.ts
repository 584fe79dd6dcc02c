import type { Dimension, GraphDocument, GraphShapes, NodeRef } from '../../../src/protocol';
import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { indexDocument, inputNumbers, nodeRefOf, outputNumbers } from './documentIndex';
import { planFolding, resolveFolded } from './folding';
import type { GroupTree } from './groups';
import { estimateMacs } from './macs';
import { createNodePaths } from './nodePath';
import { weightsOfNodes } from './nodeWeights';
import { labelOfSteps, type LabelContext } from './quantizationLabel';
import { quantizedOperands } from './quantizedOperands';
import { createTensorFacts } from './tensorFacts';

/** One line of the layer table. */
export interface LayerRow {
  readonly node: NodeRef;
  /** Key of its item, when all of `around` is expanded. */
  readonly key: string;
  readonly around: readonly string[];
  readonly name: string;
  readonly operator: string;
  /** Of the first output. */
  readonly type?: string;
  readonly dims?: readonly Dimension[];
  /** Elements of its weights; scales and zero points do not count. */
  readonly parameters: number;
  /** Stored bytes of all that it reads from the file. */
  readonly bytes: number;
  /** Multiply-accumulate operations of one run, where shapes tell them. */
  readonly macs?: number;
  /** Kinds of its quantized operands: `u8, s8 per channel`; empty for what computes in floating point. */
  readonly quantization: string;
}

/** All nodes of a document that are blocks while pairs are folded, in the order of the graph. */
export function layerRows(
  document: GraphDocument,
  groups: readonly GroupTree[],
  strings: GraphStrings,
  shapes?: GraphShapes,
): readonly LayerRow[] {
  const index = indexDocument(document);
  const plan = planFolding(document);
  const context: LabelContext = { index, facts: createTensorFacts(document, shapes), strings };
  const pathOf = createNodePaths(index, groups);
  const rows: LayerRow[] = [];
  index.nodes.forEach((node, number) => {
    if (plan.folded.has(number)) return;
    const ref = nodeRefOf(index, number);
    const output = outputNumbers(index, number)[0] ?? -1;
    const type = output < 0 ? undefined : context.facts.type(output);
    const dims = output < 0 ? undefined : context.facts.dims(output);
    const weights = [...weightsOfNodes(index, plan, [number]).values()];
    const parameterInputs = parametersOf(context, number);
    const macs = estimateMacs(context, plan, number);
    rows.push({
      node: ref,
      ...pathOf(ref),
      name: node.name,
      operator: node.operator,
      ...(type === undefined ? {} : { type }),
      ...(dims === undefined ? {} : { dims }),
      parameters: weights.reduce(
        (sum, { tensor, weight }) => sum + (parameterInputs.has(tensor) ? 0 : weight.elements),
        0,
      ),
      bytes: weights.reduce((sum, { weight }) => sum + weight.bytes, 0),
      ...(macs === undefined ? {} : { macs }),
      quantization: quantizationOf(context, plan, number),
    });
  });
  return rows;
}

/** Scales and zero points that a quantized operator reads. */
function parametersOf(context: LabelContext, number: number): ReadonlySet<number> {
  return new Set(quantizedOperands(context, number).flatMap((operand) => operand.parameters));
}

function quantizationOf(context: LabelContext, plan: ReturnType<typeof planFolding>, number: number): string {
  const { index } = context;
  const shorts = inputNumbers(index, number).flatMap((input) => {
    const label = input < 0 ? undefined : labelOfSteps(context, resolveFolded(index, plan, input).steps);
    return label === undefined ? [] : [label.short];
  });
  const own = quantizedOperands(context, number).map(({ quantization }) => quantization.short);
  return [...new Set([...shorts, ...own])].join(', ');
}
