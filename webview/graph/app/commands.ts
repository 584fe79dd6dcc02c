import { assertNever } from '../../../src/util/assertNever';
import { exportPicture } from './exportPicture';
import type { InspectorController } from './inspectorController';
import { keyCommand, type KeyCommand } from './keys';
import type { LayersController } from './layersController';
import type { GraphPane } from './pane';
import type { SearchController } from './searchController';
import type { Session } from './session';
import type { PanelState } from './state';

/** What commands act on. */
export interface CommandParts {
  readonly session: Session;
  readonly search: SearchController;
  readonly layers: LayersController;
  readonly inspector: InspectorController;
  /** Changes the state, and shows it. */
  readonly change: (part: Partial<PanelState>) => void;
  /** Has every pane do something, and shows the state that comes of it. */
  readonly eachPane: (act: (pane: GraphPane) => Promise<void>) => Promise<void>;
}

/** What the tool bar, the keyboard and the commands of VS Code run. */
export interface Commands {
  readonly run: (command: KeyCommand) => void;
  readonly onKey: (event: KeyboardEvent) => void;
}

/** Where letters are typed, or choose from a list. */
const TYPED_INTO = 'input:not([type=checkbox]), textarea, select, vscode-text-field';

/** Creates the commands of a panel. */
export function createCommands({ session, search, layers, inspector, change, eachPane }: CommandParts): Commands {
  function onKey(event: KeyboardEvent): void {
    const target = event.composedPath()[0];
    const isTyping = target instanceof Element && target.closest(TYPED_INTO) !== null;
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    const command = keyCommand({ key, ctrlKey, metaKey, shiftKey, altKey, isTyping });
    if (command === undefined || event.defaultPrevented) return;
    event.preventDefault();
    // VS Code listens on the window; it would find its key binding for the same command, and run it a second time.
    event.stopPropagation();
    run(command);
  }

  function run(command: KeyCommand): void {
    const pane = session.active();
    switch (command) {
      case 'fit':
        pane.view?.fit();
        break;
      case 'zoomToSelection':
        pane.view?.zoomTo(pane.view.selection());
        break;
      case 'toggleInspector':
        change({ inspectorOpen: !session.state().inspectorOpen });
        inspector.refresh();
        break;
      case 'toggleRaw':
        void eachPane((each) => each.setRaw(!pane.state.raw));
        break;
      case 'collapseAll':
        void eachPane((each) => each.collapseAll());
        break;
      case 'expandAll':
        void eachPane((each) => each.expandAll());
        break;
      case 'toggleTable':
        change({ tableOpen: !session.state().tableOpen });
        layers.refresh();
        if (session.state().tableOpen) layers.focus();
        break;
      case 'find':
        search.open();
        break;
      case 'findNext':
        search.step(1);
        break;
      case 'findPrevious':
        search.step(-1);
        break;
      case 'close':
        if (session.state().searchOpen) search.close();
        break;
      case 'exportSvg':
        void exportPicture(session, 'svg');
        break;
      case 'exportPng':
        void exportPicture(session, 'png');
        break;
      default:
        assertNever(command);
    }
  }

  return { run, onKey };
}
