import type { GraphPanelMethod, GraphPanelMethods, GraphStrings, RecipeChoices, Side } from '../../../src/protocol';
import type { Formats } from '../../ui/format';
import type { GraphPane } from './pane';
import type { PanelState } from './state';

/** What the parts of a panel share. */
export interface Session {
  readonly strings: GraphStrings;
  readonly formats: Formats;
  /** BCP 47 language tag. */
  readonly locale: string;
  readonly panes: readonly GraphPane[];
  /** The pane that a person used last: commands, search, inspector and table are about it. */
  readonly active: () => GraphPane;
  readonly choices: (side: Side) => RecipeChoices;
  readonly state: () => PanelState;
  readonly save: (change: Partial<PanelState>) => void;
  readonly request: <M extends GraphPanelMethod>(
    side: Side,
    method: M,
    params: GraphPanelMethods[M]['params'],
  ) => Promise<GraphPanelMethods[M]['result']>;
  readonly announce: (text: string) => void;
}

/** Does something when the page has nothing else to do, at the latest after a second. */
export function whenIdle(work: () => void): void {
  requestIdleCallback(work, { timeout: 1000 });
}
