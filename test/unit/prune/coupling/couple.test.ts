import { describe, expect, it } from 'vitest';
import { couple } from '../../../../src/prune/coupling/couple';
import type { Coupling } from '../../../../src/prune/coupling/types';
import type { Model } from '../../../../src/onnx/model';
import { inferTensorTypes } from '../../../../src/runtime/tensorTypes';
import { unshareUniform } from '../../../../src/prune/coupling/unshareUniform';
import { createNetwork } from '../../../fixtures/networkBuilder';
import * as networks from './networks';

/** Each group as text: units, what makes and what reads them (`weight@axis`, `xN` for N elements a unit), or why not. */
async function groupsOf(model: Model): Promise<Record<string, string>> {
  const { groups } = couple(model, await inferTensorTypes(model));
  return Object.fromEntries(groups.map((group) => [group.name, describeGroup(group)]));
}

function describeGroup({ units, members, protection, exact }: Coupling['groups'][number]): string {
  const list = (role: string): string =>
    members
      .filter((member) => member.role === role)
      .map(({ tensor, axis, elements }) => {
        const each = elements[0]?.length ?? 0;
        return `${tensor.replace('.weight', '')}@${axis}${each > 1 ? `x${each}` : ''}`;
      })
      .join(' ');
  const what = `${units}: ${list('makes')} -> ${list('reads')}`;
  return protection === undefined ? `${what}${exact ? '' : ' (not exact)'}` : `protected: ${protection}`;
}

const OUTPUT = { '/fc/Gemm': 'protected: The output "y" of the model keeps its shape.' };

describe('couple', () => {
  it('ties a residual stream, and a padded shortcut to the middle of the wider one', async () => {
    expect(await groupsOf(networks.resNet())).toEqual({
      '/stem/Conv':
        '4: stem.w@0 stem.b@0 a.conv2.w@0 a.conv2.b@0 b.conv2.w@0 b.conv2.b@0 -> a.conv1.w@1 b.conv1.w@1 fc.w@1',
      '/a.conv1/Conv': '4: a.conv1.w@0 a.conv1.b@0 a.bn.s@0 a.bn.b@0 -> a.conv2.w@1',
      '/b.conv1/Conv': '8: b.conv1.w@0 b.conv1.b@0 b.bn.s@0 b.bn.b@0 -> b.conv2.w@1',
      '/b.conv2/Conv': '4: b.conv2.w@0 b.conv2.b@0 -> fc.w@1',
      ...OUTPUT,
    });
  });

  it('says which elements of an axis belong to which unit', async () => {
    const model = networks.resNet();
    const { groups } = couple(model, await inferTensorTypes(model));
    const elements = groups.map(({ name, members }) => [
      name,
      members.find(({ tensor }) => tensor === 'b.conv2.w.weight')?.elements,
    ]);
    expect(elements.filter(([, list]) => list)).toEqual([
      ['/stem/Conv', [[2], [3], [4], [5]]],
      ['/b.conv1/Conv', [[0], [1], [2], [3], [4], [5], [6], [7]]],
      ['/b.conv2/Conv', [[0], [1], [6], [7]]],
    ]);
  });

  it('gives every layer of a DenseNet a group that lies at an offset in each concatenation', async () => {
    expect(await groupsOf(networks.denseNet())).toEqual({
      '/stem/Conv': '6: stem.w@0 stem.b@0 a.bn.s@0 a.bn.b@0 b.bn.s@0 b.bn.b@0 -> a.conv.w@1 b.conv.w@1 fc.w@1',
      '/a.conv/Conv': '4: a.conv.w@0 a.conv.b@0 b.bn.s@0 b.bn.b@0 -> b.conv.w@1 fc.w@1',
      '/b.conv/Conv': '4: b.conv.w@0 b.conv.b@0 -> fc.w@1',
      ...OUTPUT,
    });
  });

  it('follows Split, Concat, a sum and Resize through a YOLO block', async () => {
    expect(await groupsOf(networks.yolo())).toEqual({
      '/stem/Conv': '4: stem.w@0 stem.b@0 -> cv2.w@1',
      '/stem/Conv#2': '4: stem.w@0 stem.b@0 m2.w@0 m2.b@0 -> m1.w@1 cv2.w@1x2',
      '/m1/Conv': '6: m1.w@0 m1.b@0 -> m2.w@1',
      '/cv2/Conv': '8: cv2.w@0 cv2.b@0 -> fc.w@1',
      ...OUTPUT,
    });
  });

  it('ties a Squeeze-and-Excitation gate to the channels that it scales', async () => {
    expect(await groupsOf(networks.squeezeExcite())).toEqual({
      '/features/Conv': '8: features.w@0 features.b@0 excite.w@0 excite.b@0 -> squeeze.w@1 fc.w@1',
      '/squeeze/Conv': '4: squeeze.w@0 squeeze.b@0 -> excite.w@1',
      ...OUTPUT,
    });
  });

  it('ties depthwise channels through, and equal positions of the groups of a grouped convolution', async () => {
    expect(await groupsOf(networks.groupedConvs())).toEqual({
      '/expand/Conv': '6: expand.w@0 expand.b@0 depthwise.w@0 depthwise.b@0 -> project.w@1',
      '/project/Conv': '4: project.w@0x2 project.b@0x2 -> grouped.w@1',
      '/grouped/Conv': '2: grouped.w@0x2 grouped.b@0x2 -> fc.w@1x2',
      ...OUTPUT,
    });
  });

  it('keeps the channels that a shuffle brings together together', async () => {
    expect(await groupsOf(networks.shuffle())).toEqual({
      '/first/Conv': '4: first.w@0x2 first.b@0x2 -> second.w@1x2',
      '/second/Conv': '6: second.w@0 second.b@0 -> fc.w@1',
      ...OUTPUT,
    });
  });

  it('follows ConvTranspose and PRelu, and blocks of channels through DepthToSpace', async () => {
    expect(await groupsOf(networks.upsampling())).toEqual({
      '/features/Conv': '6: features.w@0 features.b@0 -> up.w@0',
      '/up/ConvTranspose': '2: up.w@1x4 up.b@0x4 -> fc.w@1',
      ...OUTPUT,
    });
  });

  it('takes attention heads as units, and the width of a transformer as one group', async () => {
    expect(await groupsOf(networks.vit())).toEqual({
      '/patches/Conv':
        '8: patches.w@0 patches.b@0 position.w@2 norm1.s@0 norm1.b@0 out.w@1 out.b@0 norm2.s@0 norm2.b@0 down.w@1 ' +
        'down.b@0 -> q.w@0 k.w@0 v.w@0 up.w@0 fc.w@0 (not exact)',
      '/q/MatMul': '2: q.w@1x4 q.b@0x4 k.w@1x4 k.b@0x4 v.w@1x4 v.b@0x4 -> out.w@0x4',
      '/up/MatMul': '12: up.w@1 up.b@0 -> down.w@0',
      ...OUTPUT,
    });
  });

  it('takes all gates and both directions of a hidden unit of LSTM and GRU together', async () => {
    expect(await groupsOf(networks.recurrent())).toEqual({
      '/enc/Conv': '6: enc.w@0 enc.b@0 -> lstm.w@2',
      '/lstm/LSTM': '4: lstm.r@1x4 lstm.w@1x4 lstm.b@1x8 -> lstm.r@2 gru.w@2x2',
      '/gru/GRU': '3: gru.r@1x3 gru.w@1x3 gru.b@1x6 -> gru.r@2 fc.w@0',
      '/fc/MatMul': OUTPUT['/fc/Gemm'],
    });
  });

  it('ties layers that share a weight, but not those that share equal parameters once these are copied', async () => {
    const build = (values: readonly number[]): Model => {
      const net = createNetwork();
      const shared = net.weight([4], 'float32', values);
      const layer = (name: string, input: string, from: number): string =>
        net.inScope(name, () => net.op('Conv', [input, net.weight([4, from, 1, 1]), shared]));
      net.op('Conv', [layer('b', layer('a', 'x', 2), 4), net.weight([3, 4, 1, 1])], {}, { outputs: ['y'] });
      return net.model({ x: ['float32', [1, 2, 3, 3]] }, { y: ['float32', [1, 3, 3, 3]] });
    };
    const [different, equal] = [build([1, 2, 3, 4]), build([0])];
    expect([unshareUniform(different), unshareUniform(equal)]).toEqual([0, 1]);
    expect(Object.keys(await groupsOf(different))).toEqual(['/a/Conv', '/Conv']);
    expect(Object.keys(await groupsOf(equal))).toEqual(['/a/Conv', '/b/Conv', '/Conv']);
  });

  it('protects what it cannot follow, and says which node is in the way', async () => {
    const net = createNetwork();
    const layer = (name: string, input: string, from: number): string =>
      net.inScope(name, () => net.op('Conv', [input, net.weight([4, from, 1, 1])]));
    const first = net.op('Einsum', [layer('a', 'x', 2), layer('b', 'x', 2)], { equation: 'nchw,nchw->nchw' });
    const second = net.op('Softmax', [layer('c', first, 4)], { axis: 1 });
    net.op('ReduceSum', [layer('d', second, 4)], { keepdims: 0 }, { outputs: ['y'] });
    const model = net.model({ x: ['float32', [1, 2, 3, 3]] }, { y: ['float32', []] });
    const einsum = 'protected: Node "/Einsum" (Einsum) is of an operator that channels are not followed through.';
    expect(await groupsOf(model)).toEqual({
      '/a/Conv': einsum,
      '/b/Conv': einsum,
      '/c/Conv': 'protected: Node "/Softmax" (Softmax) weighs all elements of it against each other.',
      '/d/Conv': '4: d@0 -> ',
    });
  });

  it('protects states that a model takes and gives, and channels of unknown number', async () => {
    const net = createNetwork();
    const weights = [net.weight([1, 12, 2]), net.weight([1, 12, 3]), net.weight([1, 24])];
    net.op('LSTM', ['x', ...weights, '', 'h', 'c'], { hidden_size: 3 }, { outputs: ['y', 'hn', 'cn'] });
    const state = ['float32', [1, 'batch', 3]] as const;
    const model = net.model(
      { x: ['float32', ['steps', 'batch', 2]], h: state, c: state },
      { y: ['float32', ['steps', 1, 'batch', 3]], hn: state, cn: state },
    );
    expect(await groupsOf(model)).toEqual({ '/LSTM': 'protected: The input "h" of the model keeps its shape.' });
  });
});
