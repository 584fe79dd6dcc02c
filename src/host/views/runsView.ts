import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { formatBytes, formatPercent } from '../../util/format';
import { runComparison } from '../comparison/compareFlow';
import { measuredData } from '../comparison/pairReport';
import { CommandId, ViewId } from '../ids';
import { modeText } from '../modeText';
import { showError } from '../notify';
import { findRuns, type Run } from '../runs/findRuns';
import { repeatRun } from '../runs/repeatRun';
import type { Services } from '../services';
import { RunsChart } from './runsChart';

/** Files that appear together are one change. */
const REFRESH_REST_MS = 300;
const WATCHED = ['**/*.report.json', '**/.onnx-press/comparisons/*.json', '**/.onnx-press/*/recipe.press.json'];

/** Registers the list of runs, its chart, and what can be done with a run. */
export function registerRunsView(services: Services): void {
  const changed = new vscode.EventEmitter<undefined>();
  let runs: Promise<readonly Run[]> | undefined;
  const all = (): Promise<readonly Run[]> => (runs ??= findRuns());
  const view = vscode.window.createTreeView<Run>(ViewId.runs, {
    canSelectMany: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: treeItem,
      getChildren: async (run) => (run === undefined ? [...(await all())] : []),
      getParent: () => undefined,
    },
  });
  const chart = new RunsChart(services, all, (run) => void view.reveal(run, { select: true, focus: true }));
  const refresh = (): void => {
    runs = undefined;
    changed.fire(undefined);
    chart.refresh();
  };
  const { subscriptions } = services.context;
  const watchers = WATCHED.map((pattern) => vscode.workspace.createFileSystemWatcher(pattern));
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(refresh, REFRESH_REST_MS);
  };
  for (const watcher of watchers) {
    subscriptions.push(watcher, watcher.onDidCreate(soon), watcher.onDidChange(soon), watcher.onDidDelete(soon));
  }
  const onRun =
    (work: (run: Run, selected: readonly Run[]) => Thenable<unknown>) =>
    async (item: Run | undefined, selected: readonly Run[] | undefined): Promise<void> => {
      const run = item ?? view.selection[0];
      if (run === undefined) return;
      try {
        await work(run, selected ?? (view.selection.includes(run) ? view.selection : [run]));
      } catch (error) {
        showError(services, error, run.output);
      }
    };
  const command = (id: string, work: (run: Run, selected: readonly Run[]) => Thenable<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(id, onRun(work));
  subscriptions.push(
    changed,
    view,
    chart,
    { dispose: () => clearTimeout(timer) },
    vscode.window.registerWebviewViewProvider(ViewId.runsChart, chart),
    vscode.commands.registerCommand(CommandId.refreshRuns, refresh),
    command(CommandId.showRunReport, async ({ found }) => {
      if (found) await vscode.commands.executeCommand(CommandId.showReport, vscode.Uri.file(found.path));
    }),
    command(CommandId.revealRun, (run) =>
      vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(run.output)),
    ),
    command(CommandId.compareRuns, compare),
    command(CommandId.evaluateRun, (run) => evaluate(services, run)),
    command(CommandId.repeatRun, (run) => repeatRun(services, run.recipe)),
    command(CommandId.deleteRun, (run) => deleteRun(run)),
  );
}

function treeItem(run: Run): vscode.TreeItem {
  const { figures, found, mode, recipe, hasModel } = run;
  const calibration = found?.report.kind === 'quantize' ? found.report.calibration : undefined;
  const item = new vscode.TreeItem(run.label);
  item.id = found?.path ?? recipe;
  item.contextValue = `run${hasModel ? '' : 'WithoutModel'}${found ? '' : 'WithoutReport'}`;
  item.resourceUri = vscode.Uri.file(item.id);
  item.iconPath = new vscode.ThemeIcon(hasModel ? 'package' : 'circle-slash');
  const parts = [modeText(mode)];
  if (figures.sizeBytes !== undefined) parts.push(formatBytes(figures.sizeBytes));
  if (figures.latencyMs !== undefined) parts.push(`${figures.latencyMs.toPrecision(3)} ms`);
  if (figures.quality !== undefined) parts.push(formatPercent(figures.quality));
  if (found === undefined) parts.push(vscode.l10n.t('no report'));
  item.description = parts.join(' · ');
  item.tooltip = [
    `${basename(run.source)} → ${run.label}`,
    vscode.l10n.t('Mode: {0}', modeText(mode)),
    ...(calibration === undefined ? [] : [vscode.l10n.t('Calibration: {0}', calibration.method)]),
    ...(figures.sizeBytes === undefined ? [] : [vscode.l10n.t('Size: {0}', formatBytes(figures.sizeBytes))]),
    ...(figures.latencyMs === undefined ? [] : [vscode.l10n.t('Latency: {0} ms', figures.latencyMs.toPrecision(3))]),
    ...(figures.quality === undefined
      ? []
      : [
          figures.isAgreement
            ? vscode.l10n.t('Agreement: {0}', formatPercent(figures.quality))
            : vscode.l10n.t('Accuracy: {0}', formatPercent(figures.quality)),
        ]),
    ...(found === undefined ? [vscode.l10n.t('Its report was moved or deleted; its recipe is {0}.', recipe)] : []),
    ...(hasModel ? [] : [vscode.l10n.t('The model was deleted; Repeat makes it again.')]),
  ].join('\n');
  item.accessibilityInformation = { label: `${run.label}, ${parts.join(', ')}` };
  item.command = found
    ? { command: CommandId.showReport, title: vscode.l10n.t('Show Report'), arguments: [item.resourceUri] }
    : { command: 'vscode.open', title: vscode.l10n.t('Open Recipe'), arguments: [item.resourceUri] };
  return item;
}

/** One run with its original, or two with each other. */
async function compare(run: Run, selected: readonly Run[]): Promise<void> {
  if (selected.length > 2) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Select one run or two to compare.'));
    return;
  }
  const [first, second] = selected;
  if (first === undefined || second === undefined) {
    await compareWithOriginal(run);
    return;
  }
  const models = [first, second].map(({ output }) => vscode.Uri.file(output));
  await vscode.commands.executeCommand(CommandId.compareModels, models[0], models);
}

/** Measures a run against its original again, on the data of its recipe. */
async function evaluate(services: Services, run: Run): Promise<void> {
  const data = await measuredData(run);
  await runComparison(services, {
    before: run.source,
    after: run.output,
    ...(data === undefined ? {} : { data }),
  });
  await compareWithOriginal(run);
}

async function compareWithOriginal({ found, source, output }: Run): Promise<void> {
  const models = [source, output].map((path) => vscode.Uri.file(path));
  if (found) await vscode.commands.executeCommand(CommandId.compareModels, vscode.Uri.file(found.path));
  else await vscode.commands.executeCommand(CommandId.compareModels, models[0], models);
}

/** Moves model, report and run folder to the trash, after a question. */
async function deleteRun(run: Run): Promise<void> {
  const remove = vscode.l10n.t('Move to Trash');
  const message = vscode.l10n.t('Delete {0}, its report and its run folder?', run.label);
  if ((await vscode.window.showWarningMessage(message, { modal: true }, remove)) !== remove) return;
  // A recipe outside a run folder is the person's own.
  const folder = dirname(run.recipe);
  const isRunFolder = basename(dirname(folder)) === '.onnx-press';
  // The name of a model that is gone may be another run's by now.
  const files = [...(run.hasModel ? [run.output] : []), ...(run.found ? [run.found.path] : [])];
  const places = [...files, ...(isRunFolder ? [folder] : [])].map((path) => vscode.Uri.file(path));
  const present = places.filter(({ fsPath }) => existsSync(fsPath));
  const [first, ...others] = present;
  if (first === undefined) return;
  const useTrash = await moveToTrash(first);
  if (!useTrash) {
    const anyway = vscode.l10n.t('Delete Permanently');
    const warning = vscode.l10n.t('{0} cannot be moved to the trash here. Delete the run permanently?', run.label);
    if ((await vscode.window.showWarningMessage(warning, { modal: true }, anyway)) !== anyway) return;
  }
  for (const uri of useTrash ? others : present) await vscode.workspace.fs.delete(uri, { recursive: true, useTrash });
}

/** False where there is no trash, as in remote windows. */
async function moveToTrash(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true });
    return true;
  } catch {
    return false;
  }
}
