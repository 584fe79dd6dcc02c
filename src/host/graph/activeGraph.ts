import * as vscode from 'vscode';
import { ContextKey } from '../ids';
import type { GraphPanel } from './graphPanel';

/** The graph panels of this window, and which of them is the active editor. */
export class ActiveGraph implements vscode.Disposable {
  readonly #panels = new Set<GraphPanel>();
  readonly #changed = new vscode.EventEmitter<void>();
  #active: GraphPanel | undefined;

  /** Fires when another panel is active, or none, and when the outline of the active one changes. */
  readonly onDidChange = this.#changed.event;

  /** The panel that is the active editor; undefined when another editor or none is. */
  get current(): GraphPanel | undefined {
    return this.#active;
  }

  /** Every open panel. */
  get panels(): ReadonlySet<GraphPanel> {
    return this.#panels;
  }

  /** Follows a panel until it is closed, and disposes it then. */
  add(graph: GraphPanel): void {
    this.#panels.add(graph);
    const { panel } = graph;
    graph.onDidChangeOutline(() => {
      if (this.#active === graph) this.#changed.fire();
    });
    panel.onDidChangeViewState(() => this.#update());
    panel.onDidDispose(() => {
      this.#panels.delete(graph);
      graph.dispose();
      this.#update();
    });
    this.#update();
  }

  dispose(): void {
    for (const graph of this.#panels) graph.dispose();
    this.#changed.dispose();
  }

  #update(): void {
    const active = [...this.#panels].find(({ panel }) => panel.active);
    if (active === this.#active) return;
    this.#active = active;
    void vscode.commands.executeCommand('setContext', ContextKey.graphActive, active !== undefined);
    this.#changed.fire();
  }
}
