import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { GraphModel, type GraphModelEvent } from '../../../src/host/graph/graphModel';
import { changeModelRecipe, findRecipe } from '../../../src/host/graph/modelRecipe';
import { CommandId, EditorId, ViewType } from '../../../src/host/ids';
import type { Services } from '../../../src/host/services';
import type { GraphCoupling, GraphDocument, QuantizeReport } from '../../../src/protocol';
import { PressError } from '../../../src/util/pressError';
import { eventually, extension, quantizeSample, removeOutputs, workspaceFile } from './extension';

const MODEL = 'digits.onnx';
/** The watcher of a folder is ready a moment after it was asked for. */
const WATCHER_MS = 500;

/** The kind and the view type of the active tab. */
function activeTab(): { readonly viewType: string; readonly uri?: vscode.Uri } | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputWebview) return input;
  return undefined;
}

async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

describe('the graph editor', () => {
  afterEach(closeAll);
  after(removeOutputs);

  it('opens a model that is opened like any file', async () => {
    await vscode.commands.executeCommand('vscode.open', workspaceFile(MODEL));
    const tab = await eventually(activeTab);
    assert.equal(tab.viewType, EditorId.graph);
    const api = await extension().activate();
    const graph = await eventually(() => api.graphs()[0]);
    assert.deepEqual(graph.paths, [workspaceFile(MODEL).fsPath]);
  });

  it('draws the graph', async () => {
    await vscode.commands.executeCommand(CommandId.openGraph, workspaceFile(MODEL));
    const frame = await eventually(() => extension().exports.graphs()[0]?.frame);
    assert.ok(frame.nodeCount > 5, `${frame.nodeCount} nodes`);
  });

  it('leaves the choice of another editor', async () => {
    await vscode.commands.executeCommand('vscode.openWith', workspaceFile(MODEL), 'default');
    await eventually(() => vscode.window.tabGroups.activeTabGroup.activeTab);
    assert.equal(activeTab(), undefined);
    assert.deepEqual(extension().exports.graphs(), []);
  });

  it('lets go of the model when it is closed', async () => {
    const { exports } = extension();
    await vscode.commands.executeCommand(CommandId.openGraph, workspaceFile(MODEL));
    await eventually(() => exports.graphs()[0]);
    await closeAll();
    await eventually(() => (exports.graphs().length === 0 ? true : undefined));
  });

  it('shows two models side by side, the original on the left', async () => {
    const result = await quantizeSample('fp16');
    assert.ok(result, 'The run failed; see the log.');
    const [original, output] = [workspaceFile(MODEL), vscode.Uri.file(result.outputPath)];
    await vscode.commands.executeCommand(CommandId.openSideBySide, output, [output, original]);
    const tab = await eventually(activeTab);
    assert.ok(tab.viewType.endsWith(ViewType.sideBySide), tab.viewType);
    const graph = await eventually(() => extension().exports.graphs()[0]);
    assert.deepEqual(graph.paths, [original.fsPath, output.fsPath]);
  });
});

describe('the recipe of a model', () => {
  const recipe = (): vscode.Uri => workspaceFile('digits.press.json');

  afterEach(async () => {
    await closeAll();
    await vscode.workspace.fs.delete(recipe());
  });
  after(removeOutputs);

  it('is made beside the model, and Quantize Model takes it into account', async () => {
    const node = await someConvolution();
    const changed = await changeModelRecipe(workspaceFile(MODEL).fsPath, 'exclude', [node], true);
    assert.equal(changed?.fsPath, recipe().fsPath);
    const result = await quantizeSample('fastest');
    assert.ok(result, 'The run failed; see the log.');
    assert.match(keptReason(result.report, node), /Excluded/);
  });

  it('keeps its comments and can be undone where it is open', async () => {
    const text = [
      '{',
      '  // made by hand',
      '  "format": "onnx-press-recipe",',
      '  "version": 1,',
      '  "model": "digits.onnx",',
      '  "steps": [{ "kind": "quantize", "mode": "static", "exclude": ["a"] }]',
      '}',
      '',
    ].join('\n');
    await vscode.workspace.fs.writeFile(recipe(), new TextEncoder().encode(text));
    const editor = await vscode.window.showTextDocument(recipe());
    await changeModelRecipe(workspaceFile(MODEL).fsPath, 'exclude', ['b'], true);
    const found = await findRecipe(workspaceFile(MODEL).fsPath, 'quantize');
    assert.deepEqual(found?.lists.exclude, ['a', 'b']);
    assert.match(editor.document.getText(), /made by hand/);
    assert.equal(editor.document.isDirty, false);
    await vscode.commands.executeCommand('undo');
    assert.equal(editor.document.getText(), text);
    await editor.document.save();
  });
});

describe('a model that changes on disk', () => {
  const file = (): vscode.Uri => workspaceFile('changing.onnx');
  let model: GraphModel;
  let answer: () => Promise<GraphDocument>;
  let couple: () => Promise<GraphCoupling>;
  let coupled: number;
  let events: GraphModelEvent[];
  let warnings: string[];

  beforeEach(async () => {
    await write('one');
    answer = readDocument;
    coupled = 0;
    couple = () => Promise.resolve({ groups: [], problem: `${++coupled}` });
    warnings = [];
    events = [];
    model = new GraphModel(
      fakeServices({
        load: () => answer(),
        couple: () => couple(),
        warn: (message) => warnings.push(message),
      }),
      file(),
    );
    model.onDidChange((event) => events.push(event));
    assert.equal((await model.document).name, 'one');
    await new Promise((resolve) => setTimeout(resolve, WATCHER_MS));
    events.length = 0;
  });

  afterEach(async () => {
    model.dispose();
    await vscode.workspace.fs.delete(file()).then(undefined, () => undefined);
  });

  it('is read again', async () => {
    await write('two');
    const event = await eventually(() => events.find(({ type }) => type === 'document'));
    assert.ok(event.type === 'document' && event.document.name === 'two');
    assert.equal((await model.document).name, 'two');
  });

  it('has its coupled channels looked for when somebody asks, once until it has changed', async () => {
    assert.equal(coupled, 0);
    assert.deepEqual([(await model.coupling())?.problem, (await model.coupling())?.problem], ['1', '1']);
    await write('two');
    await eventually(() => events.find(({ type }) => type === 'document'));
    assert.equal((await model.coupling())?.problem, '2');
  });

  it('has no coupled channels where they could not be found, which the log has', async () => {
    couple = () => Promise.reject(new Error('The engine is gone.'));
    assert.equal(await model.coupling(), undefined);
    assert.match(warnings.join(), /^Coupled channels of .*changing\.onnx could not be found: The engine is gone\.$/);
  });

  it('keeps the graph while the file is half written', async () => {
    let attempts = 0;
    answer = () => (++attempts === 1 ? Promise.reject(malformed()) : readDocument());
    await write('three');
    await eventually(() => events.find(({ type }) => type === 'document'));
    assert.equal(attempts, 2);
    assert.deepEqual(
      events.filter(({ type }) => type === 'problem'),
      [],
    );
  });

  it('is read again when a file that holds weights of it changes', async () => {
    const data = workspaceFile('weights/changing.bin');
    await vscode.workspace.fs.writeFile(data, new Uint8Array([1]));
    answer = async () => ({ ...(await readDocument()), dataFiles: ['weights/changing.bin'] });
    await write('four');
    await eventually(() => events.find(({ type }) => type === 'document'));
    await new Promise((resolve) => setTimeout(resolve, WATCHER_MS));
    events.length = 0;
    await vscode.workspace.fs.writeFile(data, new Uint8Array([2]));
    await eventually(() => events.find(({ type }) => type === 'document'));
    await vscode.workspace.fs.delete(workspaceFile('weights'), { recursive: true });
  });

  it('says so when the file is gone', async () => {
    await vscode.workspace.fs.delete(file());
    const event = await eventually(() => events.find(({ type }) => type === 'problem'));
    assert.ok(event.type === 'problem' && event.message.includes('changing.onnx'), JSON.stringify(event));
    await assert.rejects(model.document);
  });

  it('has the choices of its recipe, and new ones when that changes', async () => {
    const path = file().fsPath;
    const recipe = await changeModelRecipe(path, 'exclude', ['conv'], true);
    assert.ok(recipe);
    const event = await eventually(() => events.find(({ type }) => type === 'choices'));
    assert.deepEqual(event, { type: 'choices', choices: { excluded: ['conv'], fp16: [], protected: [] } });
    await vscode.workspace.fs.delete(recipe);
  });

  it('protects from pruning in a recipe that prunes, and gives none that quantizes another step', async () => {
    const path = file().fsPath;
    const first = await changeModelRecipe(path, 'exclude', ['conv'], true);
    const second = await changeModelRecipe(path, 'protect', ['gemm'], true);
    assert.ok(first && second);
    assert.notEqual(second.fsPath, first.fsPath);
    assert.deepEqual((await findRecipe(path, 'quantize'))?.lists.places, { quantize: 0 });
    assert.deepEqual((await findRecipe(path, 'prune'))?.lists.protect, ['gemm']);
    await vscode.workspace.fs.delete(first);
    await vscode.workspace.fs.delete(second);
  });

  async function write(name: string): Promise<void> {
    await vscode.workspace.fs.writeFile(file(), new TextEncoder().encode(name));
  }

  /** In place of the engine's: the name of the graph is the content of the file. */
  async function readDocument(): Promise<GraphDocument> {
    try {
      const name = new TextDecoder().decode(await vscode.workspace.fs.readFile(file()));
      return graphDocument(name);
    } catch {
      throw new PressError('file-not-found', 'It is not there.');
    }
  }
});

function malformed(): PressError {
  return new PressError('malformed-model', 'It ends too early.');
}

/** The parts of the services that a model uses. */
interface FakeAnswers {
  readonly load: () => Promise<GraphDocument>;
  readonly couple: () => Promise<GraphCoupling>;
  readonly warn: (message: string) => void;
}

function fakeServices({ load, couple, warn }: FakeAnswers): Services {
  const request = (method: string): Promise<unknown> => {
    if (method === 'graph/load') return load();
    return method === 'graph/coupling' ? couple() : Promise.resolve({ tensors: [] });
  };
  return { reader: { request }, runner: { request }, log: { warn, info: () => undefined } } as unknown as Services;
}

function graphDocument(name: string): GraphDocument {
  const conv = { name: 'conv', operator: 'Conv', domain: '', inputs: [], outputs: [], attributes: [] };
  return {
    version: 1,
    name,
    sizeBytes: 1,
    externalBytes: 0,
    irVersion: 8,
    producer: '',
    description: '',
    opsets: [],
    metadata: {},
    parameterCount: 0,
    graphs: [{ name: 'main', kind: 'main', nodes: [conv], tensors: [], inputs: [], outputs: [] }],
    notes: [],
  };
}

async function someConvolution(): Promise<string> {
  const result = await quantizeSample('fastest');
  const layer = result?.report.quantized.find(({ opType }) => opType === 'Conv');
  assert.ok(layer, 'The sample has no quantized convolution.');
  return layer.node;
}

function keptReason(report: QuantizeReport, node: string): string {
  return report.kept.find((layer) => layer.node === node)?.reason ?? '';
}
