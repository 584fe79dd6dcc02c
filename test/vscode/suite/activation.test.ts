import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CommandId, SettingId, ViewId } from '../../../src/host/ids';
import { extension } from './extension';

describe('the extension', () => {
  it('activates with the engine that reads models at hand, and without the one that loads native code', async () => {
    const { reader, runner } = (await extension().activate()).engines();
    assert.notEqual(reader.pid, undefined);
    assert.equal(runner.pid, undefined);
  });

  it('registers the commands that the manifest declares, and no other', async () => {
    const all = await vscode.commands.getCommands(true);
    const declared = manifest()
      .contributes.commands.map(({ command }) => command)
      .sort();
    // VS Code makes commands for every view, such as the one that focuses it.
    const isOfView = (id: string): boolean => Object.values(ViewId).some((view) => id.startsWith(`${view}.`));
    const isOurs = (id: string): boolean => id.startsWith('onnxPress.') && (declared.includes(id) || !isOfView(id));
    const registered = all.filter(isOurs).sort();
    assert.deepEqual(registered, declared);
    assert.deepEqual(registered, Object.values(CommandId).sort());
  });

  it('declares the settings that the code reads, and no other', () => {
    const { properties } = manifest().contributes.configuration;
    assert.deepEqual(Object.keys(properties).sort(), Object.values(SettingId).sort());
    const settings = vscode.workspace.getConfiguration();
    for (const id of Object.values(SettingId)) {
      assert.deepEqual(settings.inspect(id)?.defaultValue, properties[id]?.default, id);
    }
  });

  it('names every command, setting and text of the manifest in words', () => {
    const texts = JSON.stringify(extension().packageJSON).match(/"%[\w.]+%"/g);
    assert.equal(texts, null);
  });
});

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
  };
}

function manifest(): Manifest {
  // VS Code validated it against the same shape.
  return extension().packageJSON as Manifest;
}
