import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { CommandId } from '../../../src/host/ids';
import { eventually, extension, workspaceFile } from './extension';

const SCHEME = 'onnx-press-test-version';

/** Versions of files that no folder has, as Git's are. */
class Versions implements vscode.FileSystemProvider {
  readonly files = new Map<string, Uint8Array>();
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  stat(uri: vscode.Uri): vscode.FileStat {
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: this.readFile(uri).length };
  }
  readFile(uri: vscode.Uri): Uint8Array {
    const bytes = this.files.get(uri.path);
    if (bytes === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return bytes;
  }
  watch = (): vscode.Disposable => new vscode.Disposable(() => undefined);
  readDirectory = (): [string, vscode.FileType][] => [];
  createDirectory = refuse;
  writeFile = refuse;
  delete = refuse;
  rename = refuse;
}

function refuse(): never {
  throw vscode.FileSystemError.NoPermissions();
}

describe('a version of a model that is not on disk', () => {
  const versions = new Versions();
  let registration: vscode.Disposable;

  before(() => {
    registration = vscode.workspace.registerFileSystemProvider(SCHEME, versions, { isReadonly: true });
  });
  after(() => registration.dispose());
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('is shown from a copy, which is deleted when it is closed', async () => {
    versions.files.set('/past/digits.onnx', await vscode.workspace.fs.readFile(workspaceFile('digits.onnx')));
    const path = await open('/past/digits.onnx');
    const { exports } = extension();
    const frame = await eventually(() => exports.graphs()[0]?.frame);
    assert.ok(frame.nodeCount > 5, `${frame.nodeCount} nodes`);
    assert.ok(existsSync(path), path);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually(() => (existsSync(path) ? undefined : true));
  });

  it('is said to be missing when it is a pointer of Git LFS', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 100000\n`;
    versions.files.set('/past/pointer.onnx', new TextEncoder().encode(pointer));
    const path = await open('/past/pointer.onnx');
    await eventually(() => (extension().exports.graphs()[0]?.hasProblem === true ? true : undefined));
    assert.equal(existsSync(path), false);
  });

  async function open(path: string): Promise<string> {
    await vscode.commands.executeCommand(CommandId.openGraph, vscode.Uri.from({ scheme: SCHEME, path }));
    const { exports } = extension();
    return eventually(() => exports.graphs()[0]?.paths[0]);
  }
});
