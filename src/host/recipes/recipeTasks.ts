import { resolve } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { RecipeResult } from '../../protocol';
import { formatBytes } from '../../util/format';
import { CancelledError, PressError } from '../../util/pressError';
import type { RequestOptions } from '../engineClient';
import { errorText } from '../errorText';
import { TaskId } from '../ids';
import { createProgressText, stageText } from '../progressText';
import type { JobCare } from '../runWithProgress';
import type { Services } from '../services';
import { recipePlaces } from './recipePlaces';
import { runRecipeFile } from './runRecipeFile';

/** More recipes than this are no longer a list that a person looks through. */
const MAX_RECIPES = 200;
const EXCLUDE = '{**/node_modules/**,**/.git/**,**/.onnx-press/**}';

const DEFINITION = z.object({ type: z.literal(TaskId.recipe), recipe: z.string().min(1), from: z.string().optional() });

/** Where in the recipe an error is, if it says so. */
const PLACE = z.object({ line: z.int().optional().catch(undefined), column: z.int().optional().catch(undefined) });

/** Offers every recipe of the workspace as a task, so that builds and `tasks.json` can run it. */
export function registerRecipeTasks(services: Services): void {
  const provider: vscode.TaskProvider = {
    provideTasks: async () => {
      const files = await vscode.workspace.findFiles('**/*.press.json', EXCLUDE, MAX_RECIPES);
      return files.flatMap((uri) => {
        const folder = vscode.workspace.getWorkspaceFolder(uri);
        if (folder === undefined) return [];
        const recipe = vscode.workspace.asRelativePath(uri, false);
        return [taskOf(services, folder, { type: TaskId.recipe, recipe })];
      });
    },
    resolveTask: (task) => {
      const definition = DEFINITION.safeParse(task.definition);
      if (!definition.success || typeof task.scope !== 'object') return undefined;
      return taskOf(services, task.scope, definition.data, task.definition);
    },
  };
  services.context.subscriptions.push(vscode.tasks.registerTaskProvider(TaskId.recipe, provider));
}

/** VS Code knows a task by its definition, so a resolved one keeps the object that was asked with. */
function taskOf(
  services: Services,
  folder: vscode.WorkspaceFolder,
  { recipe, from }: z.infer<typeof DEFINITION>,
  definition: vscode.TaskDefinition = { type: TaskId.recipe, recipe },
): vscode.Task {
  const uri = vscode.Uri.file(resolve(folder.uri.fsPath, recipe));
  const execution = new vscode.CustomExecution(async () => new RecipeTerminal(services, uri, from));
  const task = new vscode.Task(definition, folder, recipe, TaskId.recipe, execution, `$${TaskId.recipe}`);
  task.group = vscode.TaskGroup.Build;
  return task;
}

/** The terminal of a running task: a line a stage, the figures at the end, exit code 1 where a target is missed. */
class RecipeTerminal implements vscode.Pseudoterminal {
  readonly #services: Services;
  readonly #uri: vscode.Uri;
  readonly #from: string | undefined;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #abort = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(services: Services, uri: vscode.Uri, from: string | undefined) {
    this.#services = services;
    this.#uri = uri;
    this.#from = from;
  }

  open(): void {
    void this.#run().then((code) => this.#closed.fire(code));
  }

  close(): void {
    this.#abort.abort();
  }

  async #run(): Promise<number> {
    const from = this.#from === undefined ? {} : { from: this.#from };
    try {
      const result = await runRecipeFile(this.#services, { uri: this.#uri, ...from }, (title, work, care) =>
        this.#withLines(title, work, care),
      );
      if (result === undefined) return 1;
      await this.#tell(result);
      return result.report.targets.every(({ isMet }) => isMet) ? 0 : 1;
    } catch (error) {
      if (error instanceof CancelledError) return 130;
      const { line = 1, column = 1 } = error instanceof PressError ? PLACE.parse(error.details) : {};
      // The problem matcher reads line by line.
      const text = errorText(error, this.#uri.fsPath).replace(/\s*\n\s*/g, ' ');
      this.#line(`${this.#uri.fsPath}:${line}:${column}: error: ${text}`);
      return 1;
    }
  }

  #withLines(
    title: string,
    work: (options: RequestOptions) => Promise<RecipeResult>,
    { outer, show }: JobCare,
  ): Promise<RecipeResult> {
    const cancel = (): void => this.#abort.abort();
    outer?.addEventListener('abort', cancel, { once: true });
    const shown = this.#services.jobs.begin(title, { cancel, show });
    this.#line(title);
    const describe = createProgressText();
    let stage = '';
    const options: RequestOptions = {
      signal: this.#abort.signal,
      onProgress: (step) => {
        // A terminal keeps every line, so counts are left to the status bar.
        if (step.stage !== stage) this.#line(step.stage === 'step' ? describe(step) : `  ${stageText(step.stage)}`);
        stage = step.stage;
        shown.report(stageText(stage), step.total > 0 ? step.done / step.total : undefined);
      },
    };
    return this.#services.runs
      .add(() => work(options), this.#abort.signal)
      .finally(() => {
        outer?.removeEventListener('abort', cancel);
        shown.end();
      });
  }

  /** The figures; a missed target names its line, for the problem matcher. */
  async #tell({ report, outputPath, reportPath }: RecipeResult): Promise<void> {
    for (const { number, kind, state, summary } of report.steps) {
      this.#line(`${number} ${kind}${state === 'unchanged' ? vscode.l10n.t(' (unchanged)') : ''}: ${summary}`);
    }
    const { source, output, latency, targets } = report;
    const sizes = `${formatBytes(source.sizeBytes)} → ${formatBytes(output.sizeBytes)}`;
    const speed = vscode.l10n.t('{0}× as fast', latency.speedup.median.toFixed(2));
    this.#line(`${outputPath}: ${sizes}, ${speed}`);
    const document = await vscode.workspace.openTextDocument(this.#uri);
    const places = recipePlaces(document.getText());
    for (const { key, isMet, message } of targets) {
      const offset = places?.offsetOf(`targets.${key}`);
      const { line, character } = document.positionAt(offset ?? 0);
      const place = `${this.#uri.fsPath}:${line + 1}:${character + 1}`;
      this.#line(isMet ? `${vscode.l10n.t('met')}: ${message}` : `${place}: error: ${message}`);
    }
    this.#line(reportPath);
  }

  #line(text: string): void {
    this.#written.fire(`${text}\r\n`);
  }
}
