import type { GraphWeight, TensorRef, WeightDetails } from '../../../src/protocol';
import { formatBytes } from '../../../src/util/format';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { createCheckbox } from '../../ui/toolkit';
import { createChannelChart } from './channelChart';
import { buildChannels } from './channelModel';
import type { InspectorContext } from './context';
import { createHistogramChart } from './histogramChart';
import { buildHistogram, gridLines, type GridLines, shareOutside } from './histogramModel';
import { createMaskChart } from './maskChart';
import { quantizationSection } from './quantizationSection';
import { awaited, factList, hint, section } from './sections';
import { createExportButton, createValuesPage } from './valuesPage';

/** Everything about the values of a weight: figures, histogram with grid, channels, mask, values, export. */
export function weightSections(tensor: TensorRef, weight: GraphWeight, context: InspectorContext): HTMLElement[] {
  const { strings } = context;
  return [
    awaited(
      context,
      () => context.request('weight', tensor),
      (details) => [
        ...(details.quantization === undefined
          ? []
          : [quantizationSection(strings.quantization, details.quantization, context)]),
        statisticsSection(weight, details, context),
        ...histogramSection(details, context),
        ...channelSection(details, context),
        ...maskSection(details, context),
      ],
    ),
    element('section', {}, createValuesPage(tensor, weight.elements, context), createExportButton(tensor, context)),
  ];
}

function statisticsSection(weight: GraphWeight, details: WeightDetails, context: InspectorContext): HTMLElement {
  const { strings, formats } = context;
  const { significant, integer, percent } = formats;
  return section(
    strings.statistics,
    factList([
      [strings.elements, integer(details.elements)],
      [strings.size, formatBytes(weight.bytes) + (weight.external ? ` (${strings.externalFile})` : '')],
      [strings.range, fill(strings.fromTo, significant(details.minimum), significant(details.maximum))],
      [strings.mean, significant(details.mean)],
      [strings.standardDeviation, significant(details.standardDeviation)],
      [
        strings.zeros,
        `${integer(details.zeros)} (${percent(details.elements === 0 ? 0 : details.zeros / details.elements)})`,
      ],
      ...(details.nonFinite > 0 ? ([[strings.nonFinite, integer(details.nonFinite)]] as const) : []),
      [strings.norms, `${significant(details.l1)}, ${significant(details.l2)}`],
    ]),
  );
}

function histogramSection(details: WeightDetails, context: InspectorContext): HTMLElement[] {
  const { strings, formats } = context;
  const { histogram } = details;
  if (histogram.counts.every((count) => count === 0)) return [];
  const grid =
    details.quantization === undefined ? undefined : gridLines(details.quantization, [histogram.low, histogram.high]);
  const place = element('div');
  const draw = (isLogarithmic: boolean): void => {
    const model = buildHistogram(histogram, grid?.limits ?? [], isLogarithmic);
    const sentences = [
      fill(
        strings.histogramBulk,
        formats.percent(model.bulk.share),
        formats.significant(model.bulk.from),
        formats.significant(model.bulk.to),
      ),
      ...(grid === undefined ? [] : gridSentences(grid, shareOutside(histogram, grid.limits), context)),
    ];
    const texts = {
      title: strings.histogram,
      description: sentences.join(' '),
      number: formats.significant,
    };
    place.replaceChildren(createHistogramChart(model, grid, [], texts), ...sentences.map(hint));
  };
  draw(false);
  return [section(strings.histogram, place, createCheckbox(strings.logarithmic, false, draw))];
}

function gridSentences(grid: GridLines, outside: number, { strings, formats }: InspectorContext): string[] {
  const { significant } = formats;
  const [narrowStep, wideStep] = grid.steps;
  const step =
    narrowStep === wideStep
      ? fill(strings.gridStep, significant(narrowStep))
      : fill(strings.gridStepPerChannel, significant(narrowStep), significant(wideStep));
  return [
    grid.every > 1 ? `${step} ${fill(strings.gridEvery, formats.integer(grid.every))}` : step,
    fill(strings.clippingLimits, significant(grid.limits[0]), significant(grid.limits[1]), formats.percent(outside)),
  ];
}

function channelSection(details: WeightDetails, context: InspectorContext): HTMLElement[] {
  const { strings, formats } = context;
  if (details.channels === undefined || details.channels.minimum.length < 2) return [];
  const { channels } = details;
  const model = buildChannels(channels, details.quantization);
  const range = (index: number): [string, string, string] => [
    formats.integer(index),
    formats.significant(channels.minimum[index] ?? 0),
    formats.significant(channels.maximum[index] ?? 0),
  ];
  const sentences = [
    fill(strings.widestChannel, ...range(model.widest)),
    fill(strings.narrowestChannel, ...range(model.narrowest)),
    ...(model.pruned > 0
      ? [fill(strings.prunedChannels, formats.integer(model.pruned), formats.integer(model.count))]
      : []),
    ...(model.strokes.some(({ limits }) => limits !== undefined) ? [strings.channelBand] : []),
  ];
  const title = fill(strings.channelRanges, formats.integer(model.count), formats.integer(channels.axis));
  const texts = { title, description: sentences.join(' '), number: formats.significant };
  return [section(title, createChannelChart(model, texts), ...sentences.map(hint))];
}

function maskSection({ mask, zeros, elements }: WeightDetails, { strings, formats }: InspectorContext): HTMLElement[] {
  if (zeros === 0 || elements === 0 || mask.kept.length === 0) return [];
  const { integer } = formats;
  const sentences = [
    fill(strings.maskKept, formats.percent(1 - zeros / elements)),
    fill(strings.maskRows, integer(mask.zeroRows), integer(mask.matrixRows)),
    fill(strings.maskColumns, integer(mask.zeroColumns), integer(mask.matrixColumns)),
  ];
  return [section(strings.mask, createMaskChart(mask, sentences.join(' ')), ...sentences.map(hint))];
}
