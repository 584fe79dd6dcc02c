import type { Scene } from '../scene/buildScene';
import type { Decoration } from '../scene/decoration';
import type { Relations } from '../scene/relations';
import type { GraphTheme } from '../scene/theme';
import type { Size, Transform } from '../scene/viewport';

/** What a frame shows. */
export interface Frame {
  readonly scene: Scene;
  readonly transform: Transform;
  readonly size: Size;
  readonly pixelRatio: number;
  readonly theme: GraphTheme;
  readonly fontFamily: string;
  readonly decoration: Decoration;
  readonly selection: ReadonlySet<number>;
  readonly relations: Relations;
  /** What loses channels together with the selection. */
  readonly coupled: ReadonlySet<number>;
  /** True where elements draw the blocks, and the canvas the rest. */
  readonly near: boolean;
}

/** Sets the interface font of the page in bold, `size` in CSS pixels of the scene. */
export function setFont(context: CanvasRenderingContext2D, frame: Frame, size: number): void {
  context.font = `600 ${size}px ${frame.fontFamily}`;
  context.textBaseline = 'middle';
}
