import { element } from '../../ui/dom';
import { fill, type Formats } from '../../ui/format';
import { createButton } from '../../ui/toolkit';
import type { GraphStrings } from '../../../src/protocol';
import type { OverlayView } from '../model/display';

/** What the bar under the tools says of the chosen overlay. */
export interface OverlayStatus {
  readonly title: string;
  readonly view?: OverlayView;
  /** What the figures were measured on. */
  readonly origin?: string;
  /** Why there are no figures, and how to get them. */
  readonly missing?: string;
  /** Starts the measurement that brings the figures; absent where none is needed. */
  readonly measure?: () => void;
  /** How far reading has come: `12 of 40 weights read`. */
  readonly progress?: string;
}

/** Colour of a level 0..1 of a scale, or of a class, as the graph has it. */
export type Swatch = (level: number, isClass: boolean) => { readonly fill: string; readonly edge: string };

/** Steps of a scale in the legend. */
const STEPS = 7;

/** The legend of the chosen overlay with its numbers, or what to do where it has no data. */
export function createOverlayBar(
  strings: GraphStrings,
  formats: Formats,
): {
  readonly element: HTMLElement;
  readonly show: (status: OverlayStatus | undefined, swatch: Swatch) => void;
} {
  const bar = element('div', { class: 'overlay-bar', role: 'group', tabindex: '0', 'aria-label': strings.legend });
  bar.hidden = true;
  return {
    element: bar,
    show(status, swatch) {
      bar.hidden = status === undefined;
      if (status === undefined) return;
      const { title, view, origin, missing, measure, progress } = status;
      bar.replaceChildren(
        element('strong', {}, title),
        ...(missing === undefined ? legend(view, swatch) : [element('span', {}, missing)]),
        ...(missing === undefined && origin !== undefined ? [element('span', { class: 'hint' }, origin)] : []),
        ...(progress === undefined ? [] : [element('span', { class: 'hint', role: 'status' }, progress)]),
        ...(measure === undefined ? [] : [createButton(strings.measure, missing !== undefined, measure)]),
      );
    },
  };

  function legend(view: OverlayView | undefined, swatch: Swatch): HTMLElement[] {
    if (view === undefined) return [];
    if (view.legend.kind === 'classes') {
      return view.legend.classes.map(({ label, count }, index) => {
        const text = fill(strings.legendClass, label, formats.integer(count));
        return element('span', { class: 'legend-class' }, box(swatch(index, true)), text);
      });
    }
    const steps = Array.from({ length: STEPS }, (_, step) => box(swatch(step / (STEPS - 1), false)));
    const { low, high } = view.legend;
    return [
      element(
        'span',
        { class: 'legend-scale' },
        element('span', {}, low),
        element('span', { class: 'steps', 'aria-hidden': 'true' }, ...steps),
        element('span', {}, high),
      ),
    ];
  }

  function box({ fill: colour, edge }: ReturnType<Swatch>): HTMLElement {
    const square = element('span', { class: 'swatch', 'aria-hidden': 'true' });
    square.style.background = colour;
    square.style.borderColor = edge;
    return square;
  }
}
