import { existsSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import type { NodeRef, SourceLine } from '../../protocol';
import type { ActiveGraph } from './activeGraph';
import type { GraphModel } from './graphModel';

/** More scripts of one name than this are not asked about. */
const MAX_CANDIDATES = 20;
const EXCLUDE = '**/{node_modules,.git,site-packages,dist-packages}/**';

/** Opens the line of Python that made a node; false where the node has none, or its file is not here. */
export async function openSource(model: GraphModel, { graph, node }: NodeRef): Promise<boolean> {
  const { graphs } = await model.document;
  const source = graphs[graph]?.nodes[node]?.source;
  const uri = source && (await findSource(source));
  if (source === undefined || uri === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('The script {0} is not in this workspace.', basename(source?.file ?? '')),
    );
    return false;
  }
  const line = new vscode.Position(source.line - 1, 0);
  const options = { selection: new vscode.Range(line, line), viewColumn: vscode.ViewColumn.Beside };
  await vscode.window.showTextDocument(uri, options);
  return true;
}

/**
 * The script that a model names: at the very path where that is Python in an open folder, else by its name. What a model
 * says is not trusted to open any other file.
 */
async function findSource({ file }: SourceLine): Promise<vscode.Uri | undefined> {
  if (!file.endsWith('.py')) return undefined;
  const uri = vscode.Uri.file(file);
  if (isAbsolute(file) && vscode.workspace.getWorkspaceFolder(uri) !== undefined && existsSync(file)) return uri;
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  if (!/^[\p{L}\p{N}_-]+\.py$/u.test(name)) return undefined;
  const found = await vscode.workspace.findFiles(`**/${name}`, EXCLUDE, MAX_CANDIDATES);
  // The one whose folders agree with the noted path in most parts.
  return found.sort((a, b) => sharedEnd(b.fsPath, file) - sharedEnd(a.fsPath, file))[0];
}

function sharedEnd(a: string, b: string): number {
  const [left, right] = [a, b].map((path) => path.split(/[/\\]/).reverse());
  const differs = (left ?? []).findIndex((part, index) => part !== right?.[index]);
  return differs < 0 ? (left ?? []).length : differs;
}

/** Selects the first node that a line of a script (from 1) made, in an open graph; false where there is none. */
export async function revealLine(graphs: ActiveGraph, file: string, line: number): Promise<boolean> {
  for (const panel of graphs.panels) {
    for (const [side, model] of panel.models.entries()) {
      const document = await model.document.catch(() => undefined);
      const found = document && nodeOfLine(document.graphs, file, line);
      if (found === undefined) continue;
      // Two models at most; the webview knows its nodes by these keys.
      panel.reveal(side as 0 | 1, `n:${found.graph}/${found.node}`);
      return true;
    }
  }
  return false;
}

function nodeOfLine(
  graphs: readonly { readonly nodes: readonly { readonly source?: SourceLine }[] }[],
  file: string,
  line: number,
): NodeRef | undefined {
  const name = basename(file);
  for (const [graph, { nodes }] of graphs.entries()) {
    const node = nodes.findIndex(({ source }) => source?.line === line && basename(source.file) === name);
    if (node >= 0) return { graph, node };
  }
  return undefined;
}
