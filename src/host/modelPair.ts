import { basename } from 'node:path';
import * as vscode from 'vscode';
import { relatedModels } from './graph/relatedModels';
import { listModels, resolveModel } from './modelFiles';

/** What a question for the second model of a pair says. */
export interface PairTexts {
  /** Asks for the second one; the name of the first one is its argument. */
  readonly question: (first: string) => string;
  readonly none: (first: string) => string;
}

/** Two models: those selected in the explorer, or one that a command is about and one that the person picks. */
export async function resolvePair(
  argument: unknown,
  selection: unknown,
  texts: PairTexts,
): Promise<readonly [vscode.Uri, vscode.Uri] | undefined> {
  return selectedPair(selection) ?? (await askPair(argument, texts));
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

async function askPair(argument: unknown, texts: PairTexts): Promise<readonly [vscode.Uri, vscode.Uri] | undefined> {
  const first = await resolveModel(argument);
  if (first === undefined) return undefined;
  const second = await askSecond(first, texts);
  return second === undefined ? undefined : [first, second];
}

interface ModelItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

/** Offers the original or the compressed outputs known from reports first, then the other models of the workspace. */
async function askSecond(first: vscode.Uri, { question, none }: PairTexts): Promise<vscode.Uri | undefined> {
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
    void vscode.window.showInformationMessage(none(basename(first.fsPath)));
    return undefined;
  }
  const placeHolder = question(basename(first.fsPath));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.uri;
}

function modelItem(uri: vscode.Uri): ModelItem {
  return { label: vscode.workspace.asRelativePath(uri), uri };
}
