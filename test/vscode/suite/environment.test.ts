import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the environment', () => {
  it('is the extension host of the VS Code that the run asked for', () => {
    const expected = process.env['ONNX_PRESS_EXPECTED_VSCODE'];
    assert.equal(vscode.version, expected ?? vscode.version);
    assert.notEqual(vscode.env.machineId, '');
    assert.equal(vscode.workspace.workspaceFolders?.length, 1);
  });

  it('has the sample model in its workspace', async () => {
    const models = await vscode.workspace.findFiles('*.onnx');
    assert.ok(models.length > 0);
  });
});
