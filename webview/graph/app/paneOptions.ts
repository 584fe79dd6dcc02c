import type { GraphStrings, Side } from '../../../src/protocol';
import type { Formats } from '../../ui/format';
import type { Viewport } from '../view/camera';
import type { Arrange } from './arranger';
import type { SideState } from './state';

/** What a pane is made with, and whom it tells. */
export interface PaneOptions {
  readonly side: Side;
  /** Name of the model, where two are side by side. */
  readonly title?: string;
  readonly strings: GraphStrings;
  readonly formats: Formats;
  readonly arrange: Arrange;
  readonly state: SideState;
  /** True while an overlay writes figures on the blocks, which need room for them. */
  readonly hasFigures: () => boolean;
  readonly onState: (state: SideState) => void;
  /** Another graph is drawn: overlays, marks, table and outline follow. */
  readonly onDisplay: () => void;
  readonly onSelect: (key: string | undefined) => void;
  /** A person opened or closed a group. */
  readonly onToggle: (key: string) => void;
  readonly onViewport: (viewport: Viewport) => void;
  readonly announce: (text: string) => void;
}
