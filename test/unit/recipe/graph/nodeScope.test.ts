import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { StringStringEntryProtoSchema } from '../../../../src/onnx/onnx_pb';
import { pythonList, scopeOf } from '../../../../src/recipe/graph/nodeScope';

function scope(metadata: Readonly<Record<string, string>>): string[] | undefined {
  return scopeOf(Object.entries(metadata).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })));
}

describe('the scope of a node', () => {
  it('prefers paths of modules, then the namespace, then classes', () => {
    const classes = "['torch.nn.modules.container.Sequential', 'aten.relu.default']";
    expect(scope({ 'pkg.torch.onnx.class_hierarchy': classes })).toEqual(['Sequential']);
    const namespace = ': Net/layer1: torch.nn.Sequential/layer1.0: Block/relu: aten.relu.default';
    expect(scope({ namespace, 'pkg.torch.onnx.class_hierarchy': classes })).toEqual(['layer1', '0']);
    expect(scope({ namespace, 'pkg.torch.onnx.name_scopes': "['', 'a', 'a.b', 'x']" })).toEqual(['a', 'b']);
  });

  it('is absent where nothing is said', () => {
    expect(scope({})).toBeUndefined();
    expect(scope({ 'pkg.torch.onnx.name_scopes': "['', 'relu']" })).toBeUndefined();
  });

  it('survives hostile text', () => {
    for (const text of ['[', '[]', "['", "['a", "['a'", '[1, 2]', "['a' b]", "['\\", `['${'x'.repeat(20_000)}']`])
      expect(scope({ 'pkg.torch.onnx.name_scopes': text }), text.slice(0, 20)).toBeUndefined();
    const deep = `[${Array.from({ length: 500 }, (_, i) => `'m${i}'`).join(', ')}]`;
    expect(scope({ 'pkg.torch.onnx.name_scopes': deep })).toHaveLength(64);
  });

  it('reads both kinds of quotes and escapes', () => {
    expect(pythonList(`['it''s', "it's", 'a\\'b']`)).toEqual(['it', 's', "it's", "a'b"]);
  });
});
