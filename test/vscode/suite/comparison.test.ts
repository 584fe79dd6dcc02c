import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { readComparison } from '../../../src/host/comparison/comparisonRecords';
import { CommandId, ViewType } from '../../../src/host/ids';
import { ComparisonPanels } from '../../../src/host/panels/comparisonPanel';
import { findRuns } from '../../../src/host/runs/findRuns';
import type { Services } from '../../../src/host/services';
import { eventually, extension, quantizeSample, removeOutputs, replaced, workspaceFile } from './extension';

const DATASET = 'metric.dataset.json';
const PROGRAM = 'metric.sh';
/** The program leaves this behind when it runs. */
const TRACE = 'metric-was-run';
const place = (name: string): string => workspaceFile(name).fsPath;

describe('comparing', () => {
  before(async () => {
    await removeOutputs().catch(() => undefined);
    assert.ok(await quantizeSample('fp16'), 'The run failed; see the log.');
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await removeOutputs();
  });

  it('comes back after a reload, from what the webview has kept', async () => {
    await vscode.commands.executeCommand(CommandId.evaluateRun, (await findRuns())[0]);
    const kept = await readComparison(place('.onnx-press/comparisons/digits.fp16-digits.comparison.json'));
    const memory = new Map<string, unknown>();
    const first = window(memory);
    await first.panels.show(kept);
    const [token = ''] = Object.keys([...memory.values()][0] as object); // what tokens are kept by
    first.panels.dispose();
    const { panels, serializer } = window(memory);
    const shown = recordedPanel();
    await serializer.deserializeWebviewPanel(shown.panel, { token });
    const message = await eventually(() => shown.posted.find(({ type }) => type === 'comparison/show'));
    assert.equal(shown.panel.title, 'Comparison: digits.fp16.onnx');
    assert.equal(message['token'], token);
    const unknown = recordedPanel();
    await serializer.deserializeWebviewPanel(unknown.panel, { token: 'of another workspace' });
    assert.deepEqual([shown.isClosed(), unknown.isClosed()], [false, true]);
    panels.dispose();
    assert.equal(shown.isClosed(), true);
  });

  describe('with a program that measures', () => {
    before(() => {
      const dataset = JSON.parse(readFileSync(place('digits-evaluation.dataset.json'), 'utf8')) as object; // of the sample
      writeFileSync(place(DATASET), JSON.stringify({ ...dataset, metric: { command: PROGRAM } }));
      writeFileSync(place(PROGRAM), `#!/bin/sh\ntouch '${place(TRACE)}'\necho '{"luck": 0.5}'\n`);
      chmodSync(place(PROGRAM), 0o755);
      const recipe = place('.onnx-press/digits.fp16/recipe.press.json');
      const content = JSON.parse(readFileSync(recipe, 'utf8')) as object; // as the run wrote it
      writeFileSync(recipe, JSON.stringify({ ...content, evaluationData: place(DATASET) }));
    });
    after(() => {
      for (const name of [DATASET, PROGRAM, TRACE]) rmSync(place(name), { force: true });
    });

    /** Does something, answering all questions; resolves with the modal ones. */
    async function asked(
      answer: (buttons: readonly string[]) => string | undefined,
      work: () => Thenable<unknown>,
    ): Promise<string[]> {
      const questions: string[] = [];
      const warn = (question: string, options: unknown, ...buttons: string[]): Promise<string | undefined> => {
        if (typeof options !== 'object') return Promise.resolve(undefined);
        questions.push(question);
        return Promise.resolve(answer(buttons));
      };
      await replaced(vscode.window, 'showWarningMessage', warn as typeof vscode.window.showWarningMessage, work);
      return questions;
    }

    const evaluate = async (): Promise<void> =>
      vscode.commands.executeCommand(CommandId.evaluateRun, (await findRuns())[0]);

    it('does not run it when the answer is no', async () => {
      const questions = await asked(() => undefined, evaluate);
      assert.equal(questions.length, 1);
      assert.ok(questions[0]?.includes(PROGRAM), questions[0]);
      assert.equal(existsSync(place(TRACE)), false);
    });

    it('neither runs it nor asks in a workspace that is not trusted', async () => {
      const compare = (): Thenable<unknown> =>
        vscode.commands.executeCommand(CommandId.compareModels, workspaceFile('digits.fp16.report.json'));
      const untrusted = async (work: () => Thenable<unknown>): Promise<string[]> => {
        Object.defineProperty(vscode.workspace, 'isTrusted', { configurable: true, get: () => false });
        try {
          return await asked(([yes]) => yes, work);
        } finally {
          Object.defineProperty(vscode.workspace, 'isTrusted', { configurable: true, get: () => true });
        }
      };
      assert.deepEqual([await untrusted(compare), await untrusted(evaluate)], [[], []]);
      assert.equal(existsSync(place(TRACE)), false);
    });

    it('runs it when the answer is yes', async () => {
      assert.equal((await asked(([yes]) => yes, evaluate)).length, 1);
      assert.equal(existsSync(place(TRACE)), true);
    });
  });
});

/** The panels of a window that has just opened, and what VS Code would restore them with. */
function window(memory: Map<string, unknown>): { panels: ComparisonPanels; serializer: vscode.WebviewPanelSerializer } {
  const services = {
    context: {
      extensionUri: extension().extensionUri,
      workspaceState: {
        get: (key: string) => memory.get(key),
        update: (key: string, value: unknown) => Promise.resolve(memory.set(key, value)),
      },
    },
    log: { warn: () => undefined },
    runs: { add: () => Promise.reject(new Error('Nothing runs in this window.')) },
  } as unknown as Services; // what a panel uses until something is measured
  let serializer: vscode.WebviewPanelSerializer | undefined;
  const { registerWebviewPanelSerializer } = vscode.window;
  vscode.window.registerWebviewPanelSerializer = (_viewType, given) => {
    serializer = given;
    return new vscode.Disposable(() => undefined);
  };
  try {
    const panels = new ComparisonPanels(services, { panels: new Set() } as never); // no graph is open
    assert.ok(serializer);
    return { panels, serializer };
  } finally {
    vscode.window.registerWebviewPanelSerializer = registerWebviewPanelSerializer;
  }
}

/** A panel as VS Code hands it over after a reload, and what it is sent. */
function recordedPanel() {
  const panel = vscode.window.createWebviewPanel(ViewType.comparison, '', vscode.ViewColumn.Active, {
    enableScripts: true,
  });
  const posted: ({ readonly type: string } & Readonly<Record<string, unknown>>)[] = [];
  let isClosed = false;
  panel.onDidDispose(() => (isClosed = true));
  const webview = forwarding(panel.webview, {
    postMessage: (message: (typeof posted)[number]) => {
      posted.push(message);
      return panel.webview.postMessage(message);
    },
  });
  return { panel: forwarding(panel, { webview }), posted, isClosed: () => isClosed };
}

/** The same object with some members replaced; its own accessors need it as `this`. */
function forwarding<T extends object>(object: T, replacements: Readonly<Record<string, unknown>>): T {
  return new Proxy(object, {
    get: (target, key) => {
      if (typeof key === 'string' && key in replacements) return replacements[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}
