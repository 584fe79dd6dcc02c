import type { DisplayItem } from '../model/display';
import { CATEGORY_SIGNS } from './categories';
import { figureOf, type Decoration } from './decoration';
import { textWidth, truncateText } from './textWidth';

/** Font sizes of titles when blocks are too small for their own, in pixels of the screen. */
export const FAR_FONT = 10;
const LEAST_FONT = 7;
/** Letters of a title, with the ellipsis, that say more than the sign. */
const LEAST_CUT = 4;
/** Room left at both sides together, in pixels of the screen. */
const SIDES = 3;

/**
 * The text of a block seen from afar, `width` by `height` pixels on the screen: title and overlay's figure, the figure
 * alone, the title, its beginning, else the category's sign, as large as it fits. Undefined where nothing could be read.
 */
export function fittingLabel(
  item: DisplayItem,
  decoration: Decoration,
  width: number,
  height: number,
): { readonly text: string; readonly font: number } | undefined {
  if (height < LEAST_FONT) return undefined;
  const figure = figureOf(item, decoration)?.text;
  const texts = figure === undefined ? [item.title] : [`${item.title} ${figure}`, figure];
  for (const text of texts) {
    for (const font of [FAR_FONT, LEAST_FONT]) {
      if (font + 1 <= height && textWidth(text, font, true) <= width - SIDES) return { text, font };
    }
  }
  const cut = truncateText(texts.at(-1) ?? '', width - SIDES, LEAST_FONT, true);
  if (height > LEAST_FONT && cut.length > LEAST_CUT) return { text: cut, font: LEAST_FONT };
  return width < LEAST_FONT ? undefined : { text: CATEGORY_SIGNS[item.category], font: LEAST_FONT };
}
