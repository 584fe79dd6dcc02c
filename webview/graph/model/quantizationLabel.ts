import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { fill } from '../../ui/format';
import type { QuantizationLabel } from './display';
import { nodeRefOf, outputNumbers, type DocumentIndex } from './documentIndex';
import type { FoldStep } from './folding';
import { gridSourceOf } from './gridSource';
import { shortNumber } from './numberText';
import { describeGrid, shortType, type DescribedGrid, type GridSource } from './quantizationGrid';
import type { TensorFacts } from './tensorFacts';

/** What labels are made from. */
export interface LabelContext {
  readonly index: DocumentIndex;
  readonly facts: TensorFacts;
  readonly strings: GraphStrings;
}

/** The label of folded steps; undefined where none was passed. Of several grids in a row, all are named. */
export function labelOfSteps(context: LabelContext, steps: readonly FoldStep[]): QuantizationLabel | undefined {
  const { index } = context;
  const labels = steps.map((step) => labelOf(context, gridSourceOf(index, step), nodesOf(index, step)));
  const last = labels[labels.length - 1];
  if (last === undefined || labels.length === 1) return last;
  const joined = (texts: readonly string[]): string =>
    texts.filter((text, place) => text !== texts[place - 1]).join(' → ');
  return {
    ...last,
    text: joined(labels.map(({ text }) => text)),
    brief: joined(labels.map(({ brief }) => brief)),
    nodes: labels.flatMap((label) => label.nodes),
  };
}

/** A QuantizeLinear with all DequantizeLinear nodes that read it, as they are drawn as one. */
function nodesOf(index: DocumentIndex, step: FoldStep): readonly number[] {
  if (step.quantize === undefined) return [step.dequantize];
  return [step.quantize, ...(index.readers[outputNumbers(index, step.quantize)[0] ?? -1] ?? [])];
}

/** The label of parameters, standing for the nodes of the numbers given. */
export function labelOf(context: LabelContext, source: GridSource, nodes: readonly number[]): QuantizationLabel {
  const described = describeGrid(context.facts, source);
  return {
    ...textsOf(context.strings, described),
    grid: described.grid,
    summary: described.summary,
    nodes: nodes.map((node) => nodeRefOf(context.index, node)),
  };
}

type Texts = Pick<QuantizationLabel, 'text' | 'brief' | 'short'>;

function textsOf(strings: GraphStrings, described: DescribedGrid): Texts {
  const { grid, hasScale, zeroPointCount } = described;
  const { scaleCount, scaleRange, zeroPointRange } = described.summary;
  const type = shortType(grid.dataType);
  if (!hasScale && zeroPointCount > 0) {
    const ends = [...new Set(zeroPointRange)].map(shortNumber).join(' .. ');
    const text = fill(strings.quantizationZeroPoint, type, ends);
    return { text, brief: text, short: type };
  }
  if (scaleRange === undefined) {
    const text =
      scaleCount === 0
        ? fill(strings.quantizationAtRunTime, type)
        : fill(strings.quantizationManyScales, type, String(scaleCount));
    return { text, brief: text, short: type };
  }
  const [low, high] = scaleRange.map(shortNumber);
  if (grid.blockSize !== undefined) {
    const short = fill(strings.quantizationBlocksShort, type, String(grid.blockSize));
    return {
      text: fill(strings.quantizationScales, short, String(scaleCount), low ?? '', high ?? ''),
      brief: short,
      short,
    };
  }
  if (scaleCount > 1) {
    const short = fill(strings.quantizationChannelsShort, type);
    return {
      text: fill(strings.quantizationScales, short, String(scaleCount), low ?? '', high ?? ''),
      brief: short,
      short,
    };
  }
  const scale = scaleRange[0];
  const zeroPoint = zeroPointRange[0];
  const [least, most] = grid.integerRange;
  const ends = [(least - zeroPoint) * scale, (most - zeroPoint) * scale].map(rangeEnd);
  return {
    text: fill(strings.quantizationTensor, type, low ?? '', shortNumber(zeroPoint), ...ends),
    brief: fill(strings.quantizationRange, type, ...ends),
    short: type,
  };
}

/** Ends of ranges have two decimals where they are of everyday size: `-2.68 .. 3.31`. */
function rangeEnd(value: number): string {
  const size = Math.abs(value);
  return size >= 0.1 && size < 1000 ? value.toFixed(2) : shortNumber(value);
}
