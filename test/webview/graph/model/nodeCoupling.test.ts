import { describe, expect, it } from 'vitest';
import type { GraphCoupledGroup } from '../../../../src/protocol';
import { coupledNodes, nodeCoupling } from '../../../../webview/graph/model/nodeCoupling';

function group(name: string, parts: Partial<GraphCoupledGroup>): GraphCoupledGroup {
  return { group: name, channels: 8, makers: [name], readers: [], carriers: [], ...parts };
}

/** A stem whose channels run through a sum, a convolution in the branch beside it, and a head. */
const stem = group('stem', { makers: ['stem', 'out'], readers: ['in', 'head'], carriers: ['sum'] });
const branch = group('in', { readers: ['out'] });
const head = group('head', { protection: 'The output "y" of the model keeps its shape.' });
const coupling = { groups: [stem, branch, head] };

describe('nodeCoupling', () => {
  it('gives the channels that a node makes, and apart from them those that it reads', () => {
    expect(nodeCoupling(coupling, 'out')).toEqual({ relation: 'makes', groups: [stem], inputs: [branch] });
    expect(nodeCoupling(coupling, 'stem')).toEqual({ relation: 'makes', groups: [stem], inputs: [] });
  });

  it('gives the channels that run through a node, and those that it reads where it has no others', () => {
    expect(nodeCoupling(coupling, 'sum')).toEqual({ relation: 'passes', groups: [stem], inputs: [] });
    const last = { groups: [stem, branch] };
    expect(nodeCoupling(last, 'head')).toEqual({ relation: 'reads', groups: [stem], inputs: [] });
    expect(nodeCoupling(coupling, 'softmax')).toBeUndefined();
  });

  it('gives every group of a node whose channels went several ways', () => {
    const second = group('stem#2', { makers: ['stem'] });
    expect(nodeCoupling({ groups: [stem, second] }, 'stem')?.groups).toEqual([stem, second]);
  });
});

describe('coupledNodes', () => {
  it('are the others that have weights of the channels, not those that pass them on', () => {
    expect(coupledNodes(stem, 'out')).toEqual(['stem', 'in', 'head']);
    expect(coupledNodes(stem, 'sum')).toEqual(['stem', 'out', 'in', 'head']);
    expect(coupledNodes(head, 'head')).toEqual([]);
  });
});
