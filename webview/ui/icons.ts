import { svgElement } from './svg';

/** Outlines on a grid of 16 by 16, drawn with strokes. */
const ICONS = {
  collapse: 'M2.5 3.5h11M2.5 12.5h11M5.5 6.5 8 9l2.5-2.5',
  expand: 'M2.5 8h11M5.5 5 8 2.5 10.5 5M5.5 11 8 13.5l2.5-2.5',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M6 6h4v4H6Z',
  selection: 'M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M5.5 5.5h5v5h-5Z',
  find: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3l3.4 3.4',
  table: 'M2.5 3.5h11v9h-11ZM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6',
  inspector: 'M2.5 3.5h11v9h-11ZM9.5 3.5v9M11 6h1.2M11 8h1.2',
  vector: 'M2.5 10.5h3v3h-3ZM10.5 2.5h3v3h-3ZM4 10.5C4 6 6 4 10.5 4',
  picture: 'M2.5 3.5h11v9h-11ZM2.5 11l3.5-3.5 3 3L10.5 9l3 3M10.5 6h.01',
  previous: 'M4 10l4-4 4 4',
  next: 'M4 6l4 4 4-4',
  close: 'M4 4l8 8M12 4l-8 8',
  raw: 'M2.5 5.5h4v5h-4ZM9.5 5.5h4v5h-4ZM6.5 8h3',
} as const;

export type IconName = keyof typeof ICONS;

/** A decorative icon in the colour of the text. */
export function createIcon(name: IconName): SVGSVGElement {
  return svgElement(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', focusable: 'false' },
    svgElement('path', { d: ICONS[name] }),
  );
}
