import { describe, expect, it } from 'vitest';
import type { GraphDocument, GraphNode } from '../../../../src/protocol';
import { GRAPH_STRINGS } from '../../../../src/protocol/graphStrings';
import { countDifferences, listDifferences } from '../../../../webview/graph/app/differences';
import { createGraphModel } from '../../../../webview/graph/app/graphModel';
import { matchGraphs } from '../../../../webview/graph/model/graphMatch';

/** A chain of operators, each reading what the one before makes. */
function chain(...operators: readonly string[]): GraphDocument {
  const nodes = operators.map((operator, index): GraphNode => ({
    name: `layer/${operator}`,
    operator,
    domain: '',
    inputs: [index],
    outputs: [index + 1],
    attributes: operator === 'Conv' ? [{ name: 'group', type: 'int', text: String(operators.length) }] : [],
  }));
  return {
    version: 1,
    name: 'chain.onnx',
    sizeBytes: 0,
    externalBytes: 0,
    irVersion: 9,
    producer: '',
    description: '',
    opsets: [],
    metadata: {},
    parameterCount: 0,
    notes: [],
    graphs: [
      {
        name: 'main',
        kind: 'main',
        nodes,
        tensors: Array.from({ length: operators.length + 1 }, (_, index) => ({ name: `tensor${index}` })),
        inputs: [0],
        outputs: [operators.length],
      },
    ],
  };
}

describe('listDifferences', () => {
  it('lists what changed and went in the order of the first model, then what came', () => {
    const documents = [chain('Conv', 'Relu', 'Softmax'), chain('Conv', 'Gelu', 'Softmax', 'Clip')] as const;
    const models = documents.map((document) => createGraphModel(document, GRAPH_STRINGS));
    const differences = listDifferences(matchGraphs(...documents), [models[0]!, models[1]!]);
    expect(differences.map(({ side, node, mark }) => `${side} ${node.node} ${mark}`)).toEqual([
      '0 0 changed',
      '0 1 removed',
      '1 1 added',
      '1 3 added',
    ]);
    expect(countDifferences(differences)).toEqual({ changed: 1, added: 2, removed: 1 });
  });

  it('finds nothing in two equal models', () => {
    const documents = [chain('Conv', 'Relu'), chain('Conv', 'Relu')] as const;
    const models = documents.map((document) => createGraphModel(document, GRAPH_STRINGS));
    expect(listDifferences(matchGraphs(...documents), [models[0]!, models[1]!])).toEqual([]);
  });
});
