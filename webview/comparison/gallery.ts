import type { ComparisonStrings, FlippedSample, RankedClass, SamplePreview } from '../../src/protocol/index';
import { element } from '../ui/dom';
import { createFormats, fill, type Formats } from '../ui/format';
import { className } from './comparisonView';

/** So many changed samples are shown; the host renders no more. */
export const GALLERY_SIZE = 24;

/** Samples that changed their class: what was looked at, and the three best classes of both models. */
export function createGallery(
  flips: readonly FlippedSample[],
  total: number,
  previews: readonly SamplePreview[],
  strings: ComparisonStrings,
  locale: string,
): HTMLElement {
  const formats = createFormats(locale);
  const shown = flips.slice(0, GALLERY_SIZE);
  const byIndex = new Map(previews.map((preview) => [preview.index, preview]));
  return element(
    'div',
    {},
    ...(total > shown.length
      ? [element('p', { class: 'hint' }, fill(strings.firstOf, formats.integer(shown.length), formats.integer(total)))]
      : []),
    element(
      'ul',
      { class: 'gallery', 'aria-label': strings.gallery },
      ...shown.map((flip) => createItem(flip, byIndex.get(flip.index), strings, formats)),
    ),
  );
}

function createItem(
  flip: FlippedSample,
  preview: SamplePreview | undefined,
  strings: ComparisonStrings,
  formats: Formats,
): HTMLElement {
  const name = fill(strings.sample, formats.integer(flip.index));
  return element(
    'li',
    {},
    element('div', { class: 'look' }, ...look(preview, name)),
    element(
      'div',
      {},
      element('p', { class: 'sample', title: flip.source }, name),
      ...(flip.label === undefined
        ? []
        : [element('p', { class: 'hint' }, fill(strings.trueClass, className(flip.label, flip.labelName)))]),
      ranking(strings.before, flip.before, flip.label, formats),
      ranking(strings.after, flip.after, flip.label, formats),
    ),
  );
}

function look(preview: SamplePreview | undefined, name: string): Node[] {
  if (preview?.png !== undefined) {
    return [element('img', { src: `data:image/png;base64,${preview.png}`, alt: name })];
  }
  return (preview?.values ?? []).map(({ input, dims, first }) =>
    element('p', { class: 'values' }, `${input} [${dims.join('×')}]: ${first.join(', ')}…`),
  );
}

function ranking(
  title: string,
  classes: readonly RankedClass[],
  label: number | undefined,
  formats: Formats,
): HTMLElement {
  return element(
    'div',
    { class: 'ranking' },
    element('p', { class: 'hint' }, title),
    element(
      'ol',
      {},
      ...classes.map(({ label: own, name, probability }) =>
        element(
          'li',
          own === label ? { class: 'right' } : {},
          `${own === label ? '✓ ' : ''}${className(own, name)} ${formats.percent(probability)}`,
        ),
      ),
    ),
  );
}
