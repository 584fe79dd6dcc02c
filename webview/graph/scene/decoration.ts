import { assertNever } from '../../../src/util/assertNever';
import type { ChangeMark, DisplayItem, OperatorCategory, OverlayMark, OverlayView } from '../model/display';
import { classCategory, scalePaint, scaleStep, type GraphTheme, type Paint } from './theme';

/** What is drawn over the plain graph. */
export interface Decoration {
  readonly overlay?: OverlayView;
  readonly marks?: ReadonlyMap<string, ChangeMark>;
  /** Keys of the items that a search found, or that hide something found. */
  readonly matches?: ReadonlySet<string>;
}

/** The overlay's figure of an item; inputs and outputs have none. */
export function figureOf(item: DisplayItem, { overlay }: Decoration): OverlayMark | undefined {
  return overlay?.values.get(item.key);
}

/** The colours of an item's title: its category's, or the overlay's where it has a figure. */
export function titlePaint(item: DisplayItem, decoration: Decoration, theme: GraphTheme): Paint {
  const surface = titleSurface(item, decoration);
  switch (surface.kind) {
    case 'category':
      return theme.categories[surface.category];
    case 'scale':
      return scalePaint(theme, surface.level) ?? theme.categories.other;
    case 'none':
      return { fill: theme.surface, ink: theme.text, edge: theme.border };
    default:
      return assertNever(surface);
  }
}

/** The class of the style sheet that colours an item's title. */
export function titleClass(item: DisplayItem, decoration: Decoration): string {
  const surface = titleSurface(item, decoration);
  if (surface.kind === 'category') return `category-${surface.category}`;
  if (surface.kind === 'none') return 'no-figure';
  return `level-${scaleStep(surface.level)}`;
}

type TitleSurface =
  | { readonly kind: 'category'; readonly category: OperatorCategory }
  | { readonly kind: 'scale'; readonly level: number }
  | { readonly kind: 'none' };

/** With an overlay, what has no figure stands back, so that colours mean the overlay's figures only. */
function titleSurface(item: DisplayItem, decoration: Decoration): TitleSurface {
  const { overlay } = decoration;
  if (!overlay || overlay.overlay === 'category') return { kind: 'category', category: item.category };
  const figure = figureOf(item, decoration);
  if (figure?.level === undefined) return { kind: 'none' };
  if (overlay.legend.kind === 'classes') return { kind: 'category', category: classCategory(figure.level) };
  return { kind: 'scale', level: figure.level };
}
