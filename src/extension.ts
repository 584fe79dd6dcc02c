import * as vscode from 'vscode';
import { registerCompareCommand } from './host/commands/compareModels';
import { registerSampleCommands } from './host/commands/sample';
import { registerEngineCommands } from './host/commands/engine';
import { registerInspectCommand } from './host/commands/inspect';
import { registerPruneCommand } from './host/commands/prune';
import { registerQuantizeCommand } from './host/commands/quantize';
import { registerReportCommands } from './host/commands/report';
import { registerTrainCommands } from './host/commands/train';
import type { EngineClient } from './host/engineClient';
import type { Engines } from './host/engines';
import type { ShownGraph } from './host/graph/graphPanel';
import { registerGraph } from './host/graph/registerGraph';
import { registerLenses } from './host/lenses/registerLenses';
import { registerRunsView } from './host/views/runsView';
import { registerLanguageTools } from './host/languageTools/registerTools';
import { registerRecipes } from './host/recipes/registerRecipes';
import { continueWalkthrough } from './host/sample/continueWalkthrough';
import { createServices, type Services } from './host/services';

/** What the extension hands to other extensions and to its tests. */
export interface ExtensionApi {
  /** The process ids of the engines, undefined while one does not run, and whether they work on a request. */
  engines(): Readonly<Record<keyof Engines, { readonly pid: number | undefined; readonly isBusy: boolean }>>;
  /** The graph panels that are open. */
  graphs(): readonly OpenGraphPanel[];
}

/** A graph panel as the extension's tests see it. */
export interface OpenGraphPanel {
  /** The files that its models are read from. */
  readonly paths: readonly string[];
  /** The first frame that it has drawn. */
  readonly frame: ShownGraph | undefined;
  /** True while it shows why there is no graph. */
  readonly hasProblem: boolean;
}

let services: Services | undefined;

/** Registers the commands, the graph editor and the panels; what runs models waits for its first use. */
export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const created = createServices(context);
  services = created;
  registerQuantizeCommand(created);
  registerPruneCommand(created);
  registerTrainCommands(created);
  registerInspectCommand(created);
  registerReportCommands(created);
  registerEngineCommands(created);
  registerSampleCommands(created);
  const graphs = registerGraph(created);
  registerCompareCommand(created, graphs);
  registerRunsView(created);
  registerRecipes(created);
  registerLenses(created, graphs);
  registerLanguageTools(created);
  void continueWalkthrough(context);
  // A model is about to be opened, or is at hand: reading it then waits for no process to start. A Python script that
  // is looked at says nothing of the kind.
  if (vscode.window.activeTextEditor?.document.languageId !== 'python') created.reader.warmUp();
  return {
    engines: () => ({ reader: stateOf(created.reader), runner: stateOf(created.runner) }),
    graphs: () =>
      [...graphs.panels].map(({ models, frame, hasProblem }) => ({
        paths: models.map(({ path }) => path),
        frame,
        hasProblem,
      })),
  };
}

/** Ends the engines with the extension. */
export async function deactivate(): Promise<void> {
  await Promise.all([services?.reader.dispose(), services?.runner.dispose()]);
}

function stateOf({ pid, isBusy }: Pick<EngineClient, 'pid' | 'isBusy'>): { pid: number | undefined; isBusy: boolean } {
  return { pid, isBusy };
}
