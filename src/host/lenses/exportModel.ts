import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { QuantizeResult } from '../../protocol';
import { exportableClasses, type ExportPlan, parseInputs, planExport } from '../../python/exportPlan';
import { freshPath } from '../../util/files';
import { CommandId } from '../ids';
import type { Services } from '../services';
import { askForTrust } from '../trust';
import { pythonInterpreter } from './pythonInterpreter';
import { PYTHON, type ScriptDocuments } from './scriptDocuments';

/** What the questions are answered with; other callers and tests may pass it to skip them. */
interface ExportAnswers {
  readonly arguments: string;
  readonly inputs: string;
  readonly checkpoint?: string;
}

/** Registers what exports a model class and goes on with it: `executeCommand(id, script?, className?, answers?)`. */
export function registerExportCommands(services: Services, scripts: ScriptDocuments): vscode.Disposable[] {
  const register = (id: string, goOn: (model: vscode.Uri) => Thenable<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(id, async (uri: unknown, className: unknown, answers: unknown) => {
      const model = await exportModel(services, scripts, uri, className, answers);
      if (model !== undefined) await goOn(model);
      return model;
    });
  return [
    register(CommandId.exportAndOpen, (model) => vscode.commands.executeCommand(CommandId.openGraph, model)),
    register(CommandId.exportAndQuantize, quantizeAndCompare),
    register(CommandId.exportAndFineTune, (model) => vscode.commands.executeCommand(CommandId.fineTuneModel, model)),
  ];
}

/** What a person who exports to quantize wants to see is what it cost, so it ends with the comparison. */
async function quantizeAndCompare(model: vscode.Uri): Promise<void> {
  const result = await vscode.commands.executeCommand<QuantizeResult | undefined>(CommandId.quantize, model);
  if (result === undefined) return;
  await vscode.commands.executeCommand(CommandId.compareModels, vscode.Uri.file(result.reportPath));
}

async function exportModel(
  services: Services,
  scripts: ScriptDocuments,
  uri: unknown,
  className: unknown,
  given: unknown,
): Promise<vscode.Uri | undefined> {
  if (!vscode.workspace.isTrusted) {
    return askForTrust(vscode.l10n.t('Exporting runs the script with Python, so it needs a trusted workspace.'));
  }
  const document = uri instanceof vscode.Uri ? await vscode.workspace.openTextDocument(uri) : activeScript();
  if (document === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a Python script that defines a model.'));
    return undefined;
  }
  const plan = await choosePlan(scripts, document, className);
  if (plan === undefined) return undefined;
  const answers = isAnswers(given) ? given : await ask(plan);
  const inputs = answers && parseInputs(answers.inputs);
  if (answers === undefined || inputs === undefined) return undefined;
  // Python reads the file, not the editor.
  if (document.isDirty && !(await document.save())) return undefined;
  const output = freshPath(join(dirname(document.uri.fsPath), `${plan.className}.onnx`));
  const settings = { script: document.uri.fsPath, ...plan, ...answers, inputs, output };
  return (await runExport(services, document.uri, settings)) ? vscode.Uri.file(output) : undefined;
}

function activeScript(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document !== undefined && vscode.languages.match(PYTHON, document) > 0 ? document : undefined;
}

async function choosePlan(
  scripts: ScriptDocuments,
  document: vscode.TextDocument,
  className: unknown,
): Promise<ExportPlan | undefined> {
  const script = (await scripts.script(document)).read();
  const classes = exportableClasses(script);
  if (classes.length === 0) {
    const file = basename(document.uri.fsPath);
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} defines no PyTorch model.', file));
    return undefined;
  }
  const known = classes.find((name) => name === className) ?? (classes.length === 1 ? classes[0] : undefined);
  const placeHolder = vscode.l10n.t('Which model should be exported?');
  const chosen = known ?? (await vscode.window.showQuickPick(classes, { placeHolder }));
  // The script may have changed while the question was open.
  return chosen === undefined ? undefined : planExport((await scripts.script(document)).read(), chosen);
}

/** Asks for constructor arguments where the class needs any, the shape of its input, and a checkpoint. */
async function ask(plan: ExportPlan): Promise<ExportAnswers | undefined> {
  const title = vscode.l10n.t('Export {0}', plan.className);
  let args: string | undefined = plan.construction;
  if (plan.required.length > 0) {
    args = await vscode.window.showInputBox({
      title,
      prompt: vscode.l10n.t('Arguments of {0}({1}), as Python', plan.className, plan.required.join(', ')),
      value: plan.construction,
      ignoreFocusOut: true,
    });
  }
  if (args === undefined) return undefined;
  const inputs = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Shape of the input, batch first. Several inputs: 1x128:int64, 1x128:int64'),
    value: plan.inputs,
    ignoreFocusOut: true,
    validateInput: (text) =>
      parseInputs(text) === undefined
        ? vscode.l10n.t('Write sizes with x between them, for example 1x3x224x224.')
        : undefined,
  });
  if (inputs === undefined) return undefined;
  const none = vscode.l10n.t('Without a checkpoint (weights as the class makes them)');
  const browse = vscode.l10n.t('Choose a checkpoint…');
  const choice = await vscode.window.showQuickPick([browse, none], { title, ignoreFocusOut: true });
  if (choice === undefined) return undefined;
  if (choice === none) return { arguments: args, inputs };
  const filters = { [vscode.l10n.t('Checkpoint')]: ['pt', 'pth', 'ckpt', 'bin', 'tar'] };
  const [file] = (await vscode.window.showOpenDialog({ filters })) ?? [];
  return file && { arguments: args, inputs, checkpoint: file.fsPath };
}

/** Runs the export script in a terminal that stays open when it fails. True when the model was written. */
async function runExport(
  services: Services,
  script: vscode.Uri,
  settings: { readonly className: string },
): Promise<boolean> {
  const { globalStorageUri, extensionUri } = services.context;
  await mkdir(globalStorageUri.fsPath, { recursive: true });
  const settingsFile = join(globalStorageUri.fsPath, `export-${process.pid}-${Date.now()}.json`);
  await writeFile(settingsFile, JSON.stringify(settings));
  const python = await pythonInterpreter(script);
  const runner = vscode.Uri.joinPath(extensionUri, 'media', 'python', 'export.py').fsPath;
  const name = vscode.l10n.t('Export {0}', settings.className);
  const execution = new vscode.ProcessExecution(python, [runner, settingsFile], { cwd: dirname(script.fsPath) });
  const scope = vscode.workspace.getWorkspaceFolder(script) ?? vscode.TaskScope.Workspace;
  const task = new vscode.Task({ type: 'process' }, scope, name, 'ONNX Press', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true, showReuseMessage: false };
  services.log.info(`Exporting with ${python}: ${JSON.stringify(settings)}`);
  const code = await exitCode(task);
  await vscode.workspace.fs.delete(vscode.Uri.file(settingsFile));
  if (code === 0) return true;
  const showLog = vscode.l10n.t('Show Terminal');
  const failed =
    code === undefined
      ? vscode.l10n.t('{0} could not be started. Choose a Python interpreter, or set onnxPress.python.', python)
      : vscode.l10n.t('Exporting {0} failed; the terminal says why.', settings.className);
  void vscode.window.showErrorMessage(failed, showLog).then((choice) => {
    if (choice === showLog) void vscode.commands.executeCommand('workbench.action.terminal.focus');
  });
  return false;
}

/** Resolves when the task has ended; undefined when its process was never there or was ended. */
async function exitCode(task: vscode.Task): Promise<number | undefined> {
  const ended = new Promise<number | undefined>((resolve) => {
    const listeners = [
      vscode.tasks.onDidEndTaskProcess(({ execution, exitCode: code }) => {
        if (execution.task.name === task.name) finish(code);
      }),
      vscode.tasks.onDidEndTask(({ execution }) => {
        // A process that cannot be started has no end of its own.
        if (execution.task.name === task.name) finish(undefined);
      }),
    ];
    const finish = (code: number | undefined): void => {
      for (const listener of listeners) listener.dispose();
      resolve(code);
    };
  });
  await vscode.tasks.executeTask(task);
  return ended;
}

function isAnswers(value: unknown): value is ExportAnswers {
  if (typeof value !== 'object' || value === null) return false;
  const { arguments: args, inputs } = value as Partial<Record<keyof ExportAnswers, unknown>>;
  return typeof args === 'string' && typeof inputs === 'string';
}
