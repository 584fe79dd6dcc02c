import type { GraphPanelMessage, GraphPanelRequest } from '../../../src/protocol';
import type { Arrange } from './arranger';
import type { RequestBus } from './bus';
import type { PanelState } from './state';

/** What a panel begins with. */
export type Show = Extract<GraphPanelMessage, { type: 'graph/show' }>;
/** Messages to a panel that shows something. */
export type PanelMessage = Exclude<GraphPanelMessage, { type: 'graph/show' | 'graph/error' | 'graph/reply' }>;

export interface Panel {
  receive(message: PanelMessage): void;
  dispose(): void;
}

/** What the panel needs of its page. */
export interface PanelHost {
  readonly root: HTMLElement;
  readonly bus: RequestBus;
  readonly arrange: Arrange;
  readonly saved: unknown;
  readonly post: (request: GraphPanelRequest) => void;
  readonly setState: (state: PanelState) => void;
}
