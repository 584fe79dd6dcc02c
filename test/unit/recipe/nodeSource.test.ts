import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { NodeProtoSchema } from '../../../src/onnx/onnx_pb';
import { isStack, sourceOf } from '../../../src/recipe/graph/nodeSource';

const LIBRARY = '/usr/lib/python3/dist-packages/torch/nn/modules/module.py';

function node(docString: string, stackTrace?: string): Parameters<typeof sourceOf>[0] {
  const metadataProps = stackTrace === undefined ? [] : [{ key: 'pkg.torch.onnx.stack_trace', value: stackTrace }];
  return create(NodeProtoSchema, { docString, metadataProps });
}

describe('the line of Python that made a node', () => {
  it('is the innermost one outside of packages in the doc string of a TorchScript export', () => {
    const stack = [
      `${LIBRARY}(459): _conv_forward`,
      '/home/a b/net.py(9): forward',
      `${LIBRARY}(1): x`,
      '/home/a b/net.py(17): forward',
      '',
    ];
    expect(sourceOf(node(stack.join('\n')))).toEqual({ file: '/home/a b/net.py', line: 9 });
    expect(isStack(stack.join('\n'))).toBe(true);
  });

  it('is the innermost one outside of packages in the metadata of an exported program', () => {
    const trace = [
      'File "C:\\w\\net.py", line 17, in forward\n    x = self.layer1(x)',
      `  File "${LIBRARY}", line 259, in forward\n    input = module(input)`,
      '  File "C:\\w\\net.py", line 9, in forward\n    return F.relu(x)',
      `  File "${LIBRARY}", line 565, in forward`,
    ].join('\n');
    expect(sourceOf(node('', trace))).toEqual({ file: 'C:\\w\\net.py', line: 9 });
  });

  it('is that of a model library where the person wrote none of it, and never one of PyTorch itself', () => {
    const timm = '/venv/lib/python3.11/site-packages/timm/models/resnet.py';
    expect(sourceOf(node(`${LIBRARY}(1): a\n${timm}(40): forward\n`))).toEqual({ file: timm, line: 40 });
    expect(sourceOf(node(`${LIBRARY}(1): a\n`))).toBeUndefined();
  });

  it('is unknown where nothing or something else is written', () => {
    expect(sourceOf(node(''))).toBeUndefined();
    expect(sourceOf(node('A convolution, see net.py(3): it says why.', 'no frames'))).toBeUndefined();
    expect(isStack('A convolution.')).toBe(false);
  });
});
