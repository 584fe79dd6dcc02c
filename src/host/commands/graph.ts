import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { GraphCommand } from '../../protocol';
import type { ActiveGraph } from '../graph/activeGraph';
import { inReadingOrder, relatedModels } from '../graph/relatedModels';
import { CommandId, EditorId } from '../ids';
import { listModels, resolveModel } from '../modelFiles';
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
      const pair = selectedPair(selection) ?? (await askPair(argument));
      if (pair === undefined) return;
      const [left, right] = await inReadingOrder(pair[0].fsPath, pair[1].fsPath);
      await panels.show(vscode.Uri.file(left), vscode.Uri.file(right));
    }),
    ...Object.entries(GRAPH_COMMANDS).map(([id, command]) =>
      vscode.commands.registerCommand(id, () => active.current?.command(command)),
    ),
  );
}

/** The two models selected in the explorer, or given by another command. */
function selectedPair(selection: unknown): readonly [vscode.Uri, vscode.Uri] | undefined {
  if (!Array.isArray(selection)) return undefined;
  const [first, second, ...others] = selection.filter(isModel);
  return first !== undefined && second !== undefined && others.length === 0 ? [first, second] : undefined;
}

function isModel(value: unknown): value is vscode.Uri {
  return value instanceof vscode.Uri && /\.onnx$/i.test(value.path);
}

async function askPair(argument: unknown): Promise<readonly [vscode.Uri, vscode.Uri] | undefined> {
  const first = await resolveModel(argument);
  if (first === undefined) return undefined;
  const second = await askSecond(first);
  return second === undefined ? undefined : [first, second];
}

interface ModelItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

/** Offers the original or the compressed outputs known from reports first, then the other models of the workspace. */
async function askSecond(first: vscode.Uri): Promise<vscode.Uri | undefined> {
  const related = await relatedModels(first.fsPath);
  const known = new Set([first.fsPath, ...related.map(({ path }) => path)]);
  const others = (await listModels()).filter(({ fsPath }) => !known.has(fsPath));
  const items: ModelItem[] = [
    ...related.map(({ path, relation }) => ({
      ...modelItem(vscode.Uri.file(path)),
      description:
        relation === 'original' ? vscode.l10n.t('the original of this model') : vscode.l10n.t('made from this model'),
    })),
    ...(related.length > 0 && others.length > 0
      ? [{ label: vscode.l10n.t('Found in this workspace'), kind: vscode.QuickPickItemKind.Separator }]
      : []),
    ...others.map(modelItem),
  ];
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no other .onnx file in this workspace to show beside {0}.', basename(first.fsPath)),
    );
    return undefined;
  }
  const placeHolder = vscode.l10n.t('Which model should be shown beside {0}?', basename(first.fsPath));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.uri;
}

function modelItem(uri: vscode.Uri): ModelItem {
  return { label: vscode.workspace.asRelativePath(uri), uri };
}
