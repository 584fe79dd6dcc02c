import type { ChangeMark, OperatorCategory } from '../model/display';
import { CATEGORIES } from './categories';

/** Steps of the sequential scale of overlays. */
export const SCALE_STEPS = 7;

/** Colours of one surface with its text and outline. */
export interface Paint {
  readonly fill: string;
  readonly ink: string;
  readonly edge: string;
}

/** All colours of a drawing, resolved: what a canvas and a picture need. */
export interface GraphTheme {
  readonly background: string;
  /** Below the rows of a block. */
  readonly surface: string;
  readonly text: string;
  readonly mutedText: string;
  readonly border: string;
  /** Grounds of containers: the outermost, those in it, and so on in turn. */
  readonly containers: readonly [outer: string, inner: string];
  readonly containerBorder: string;
  readonly wire: string;
  /** Of long skips, which are to stand back. */
  readonly laneWire: string;
  /** Of quantization labels. */
  readonly quantized: string;
  /** Of the selection and of what hangs together with it. */
  readonly accent: string;
  readonly changes: Readonly<Record<ChangeMark, string>>;
  readonly categories: Readonly<Record<OperatorCategory, Paint>>;
  /** From least to most. */
  readonly scale: readonly Paint[];
}

/** Categories whose colours classes of an overlay take, in the order of the legend: neighbours differ most. */
export const CLASS_CATEGORIES: readonly OperatorCategory[] = [
  'convolution',
  'attention',
  'normalization',
  'recurrent',
  'reduction',
  'quantization',
  'pool',
  'elementwise',
  'activation',
  'matrix',
];

/** The colours of a level of the sequential scale, 0 to 1. */
export function scalePaint(theme: GraphTheme, level: number): Paint | undefined {
  return theme.scale[scaleStep(level)];
}

/** The step of a level of the sequential scale. */
export function scaleStep(level: number): number {
  const bounded = Number.isFinite(level) ? Math.min(1, Math.max(0, level)) : 0;
  return Math.min(SCALE_STEPS - 1, Math.floor(bounded * SCALE_STEPS));
}

/** The category whose colours a class of an overlay takes. */
export function classCategory(index: number): OperatorCategory {
  return (
    CLASS_CATEGORIES[((index % CLASS_CATEGORIES.length) + CLASS_CATEGORIES.length) % CLASS_CATEGORIES.length] ?? 'other'
  );
}

/** Builds the table of categories from a function of one. */
export function paintCategories(paint: (category: OperatorCategory) => Paint): GraphTheme['categories'] {
  // Object.fromEntries loses the keys' type; CATEGORIES names every one.
  return Object.fromEntries(CATEGORIES.map((category) => [category, paint(category)])) as GraphTheme['categories'];
}
