import * as vscode from 'vscode';
import type { GraphCommand } from '../../protocol';
import type { ActiveGraph } from '../graph/activeGraph';
import { inReadingOrder } from '../graph/relatedModels';
import { CommandId, EditorId } from '../ids';
import { resolveModel } from '../modelFiles';
import { resolvePair } from '../modelPair';
import type { SideBySidePanels } from '../panels/sideBySidePanels';
import type { Services } from '../services';

/** What the commands of the active graph ask of its webview. */
const GRAPH_COMMANDS: Readonly<Record<string, GraphCommand>> = {
  [CommandId.graphFind]: 'find',
  [CommandId.graphFindNext]: 'findNext',
  [CommandId.graphFindPrevious]: 'findPrevious',
  [CommandId.graphFit]: 'fit',
  [CommandId.graphZoomToSelection]: 'zoomToSelection',
  [CommandId.graphToggleTable]: 'toggleTable',
  [CommandId.graphToggleRaw]: 'toggleRaw',
  [CommandId.graphCollapseAll]: 'collapseAll',
  [CommandId.graphExpandAll]: 'expandAll',
  [CommandId.graphExportSvg]: 'exportSvg',
  [CommandId.graphExportPng]: 'exportPng',
};

/** Registers *Open Graph*, *Open Side by Side With…* and the commands that act on the active graph. */
export function registerGraphCommands({ context }: Services, active: ActiveGraph, panels: SideBySidePanels): void {
  context.subscriptions.push(
    vscode.commands.registerCommand(CommandId.openGraph, async (argument: unknown) => {
      const model = await resolveModel(argument);
      if (model !== undefined) await vscode.commands.executeCommand('vscode.openWith', model, EditorId.graph);
    }),
    vscode.commands.registerCommand(CommandId.openSideBySide, async (argument: unknown, selection: unknown) => {
      const pair = await resolvePair(argument, selection, {
        question: (first) => vscode.l10n.t('Which model should be shown beside {0}?', first),
        none: (first) => vscode.l10n.t('There is no other .onnx file in this workspace to show beside {0}.', first),
      });
      if (pair === undefined) return;
      const [left, right] = await inReadingOrder(pair[0].fsPath, pair[1].fsPath);
      await panels.show(vscode.Uri.file(left), vscode.Uri.file(right));
    }),
    ...Object.entries(GRAPH_COMMANDS).map(([id, command]) =>
      vscode.commands.registerCommand(id, () => active.current?.command(command)),
    ),
  );
}
