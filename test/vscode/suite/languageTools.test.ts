import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ToolId } from '../../../src/host/ids';
import { removeOutputs, workspaceFile } from './extension';

describe('the tools of an assistant', () => {
  after(() => removeOutputs().catch(() => undefined));

  it('are known to VS Code with their descriptions', () => {
    const tools = vscode.lm.tools.filter(({ name }) => name.startsWith('onnxPress_'));
    assert.deepEqual(tools.map(({ name }) => name).sort(), Object.values<string>(ToolId).sort());
    for (const { description } of tools) assert.match(description, /ONNX model/);
  });

  it('inspect a model without running it', async () => {
    const facts = await call(ToolId.inspect, { model: 'digits.onnx' });
    assert.equal(facts['model'], 'digits.onnx');
    assert.equal(facts['quantized'], false);
    assert.deepEqual(facts['outputs'], [{ name: 'logits', type: 'float32', dims: ['batch', 10] }]);
  });

  it('quantize a model with the data that belongs to it', async () => {
    const facts = await call(ToolId.quantize, { model: 'digits.onnx', preset: 'fastest' });
    assert.equal(facts['report'], 'digits.int8.report.json');
    assert.ok((facts['sizeRatio'] as number) > 2, String(facts['sizeRatio']));
    assert.equal(facts['uncalibrated'], false);
    await vscode.workspace.fs.stat(workspaceFile('digits.int8.onnx'));
  });

  it('compare it with its original, on what it was measured on', async () => {
    const facts = await call(ToolId.compare, { after: 'digits.int8.onnx' });
    assert.deepEqual(pathsOf(facts), ['digits.onnx', 'digits.int8.onnx']);
    assert.equal(facts['samples'], 1000);
    const kept = await vscode.workspace.fs.readDirectory(workspaceFile('.onnx-press/comparisons'));
    assert.equal(kept.length, 1);
    assert.deepEqual(await call(ToolId.compare, { after: 'digits.int8.onnx' }), facts);
  });

  it('explain what is known of it', async () => {
    const facts = await call(ToolId.explain, { model: workspaceFile('digits.int8.onnx').fsPath });
    const { madeBy, newestComparison, related } = facts as Record<string, Record<string, unknown>>;
    assert.equal(madeBy?.['mode'], 'static');
    assert.deepEqual(pathsOf(newestComparison ?? {}), ['digits.onnx', 'digits.int8.onnx']);
    assert.deepEqual(related, [{ model: 'digits.onnx', relation: 'original' }]);
  });

  it('refuse files outside the workspace and what is no model, and say why', async () => {
    await assert.rejects(call(ToolId.inspect, { model: '../../other.onnx' }), /not in a folder of this workspace/);
    await assert.rejects(call(ToolId.quantize, { model: '/etc/model.onnx' }), /not in a folder of this workspace/);
    await assert.rejects(call(ToolId.inspect, { model: 'README.md' }), /is no model/);
    await assert.rejects(
      call(ToolId.quantize, { model: 'digits.onnx', data: '../images' }),
      /not in a folder of this workspace/,
    );
  });

  it('stop when they are cancelled, and leave no file', async () => {
    await removeOutputs();
    const source = new vscode.CancellationTokenSource();
    source.cancel();
    await assert.rejects(call(ToolId.quantize, { model: 'digits.onnx' }, source.token));
    assert.deepEqual(await vscode.workspace.findFiles('digits.*.onnx'), []);
  });
});

/** Calls a tool as an assistant would; questions are answered with yes, as VS Code does while it runs tests. */
async function call(
  tool: string,
  input: object,
  token?: vscode.CancellationToken,
): Promise<Readonly<Record<string, unknown>>> {
  const { content } = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined }, token);
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  // Every tool answers with one JSON object.
  return JSON.parse(part.value) as Record<string, unknown>;
}

function pathsOf(facts: Readonly<Record<string, unknown>>): (string | undefined)[] {
  const sides = facts as Record<'before' | 'after', { path: string } | undefined>;
  return [sides.before?.path, sides.after?.path];
}
