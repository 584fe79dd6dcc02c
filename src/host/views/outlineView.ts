import * as vscode from 'vscode';
import type { OutlineEntry, Side } from '../../protocol';
import type { ActiveGraph } from '../graph/activeGraph';
import { ViewId } from '../ids';

/** An entry of one of the models, or a model itself where there are two. */
type OutlineItem =
  | { readonly kind: 'model'; readonly side: Side; readonly label: string }
  | { readonly kind: 'entry'; readonly side: Side; readonly entry: OutlineEntry };

/** Registers the tree of groups of the active graph; VS Code's own outline takes text editors only. */
export function registerOutlineView(context: vscode.ExtensionContext, active: ActiveGraph): void {
  const changed = new vscode.EventEmitter<undefined>();
  const view = vscode.window.createTreeView<OutlineItem>(ViewId.outline, {
    showCollapseAll: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: treeItem,
      getChildren: (item) => children(active, item),
    },
  });
  context.subscriptions.push(
    changed,
    view,
    active.onDidChange(() => changed.fire(undefined)),
    view.onDidChangeSelection(({ selection: [item] }) => {
      if (item?.kind === 'entry') active.current?.reveal(item.side, item.entry.key);
    }),
  );
}

function children(active: ActiveGraph, item: OutlineItem | undefined): OutlineItem[] {
  const graph = active.current;
  if (graph === undefined) return [];
  if (item?.kind === 'entry') return item.entry.children.map((entry) => ({ ...item, entry }));
  if (item === undefined && graph.models.length > 1) {
    return graph.models.map((model, side) => ({
      kind: 'model',
      side: side as Side, // two models at most
      label: vscode.workspace.asRelativePath(model.uri),
    }));
  }
  const side = item?.side ?? 0;
  return (graph.outlines[side] ?? []).map((entry) => ({ kind: 'entry', side, entry }));
}

function treeItem(item: OutlineItem): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  if (item.kind === 'model') return new vscode.TreeItem(item.label, Expanded);
  const { label, description, key, children: inner } = item.entry;
  const tree = new vscode.TreeItem(label, inner.length > 0 ? Collapsed : None);
  tree.id = `${item.side}/${key}`;
  tree.description = description;
  tree.tooltip = `${label} · ${description}`;
  return tree;
}
