import type { TrueBox } from '../../data/annotations';
import { overlapOf, shareInside, type Detection } from './box';

/** Overlaps from which a box counts as found: 0.5 to 0.95 (Lin et al., Microsoft COCO: Common Objects in Context, 2014). */
export const THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) => 0.5 + i * ((0.95 - 0.5) / 9));
/** Recalls at which precision is read; rounded as COCO's own evaluation rounds them, so that figures are equal. */
const RECALLS = Array.from({ length: 101 }, (_, i) => i * 0.01);
/** Detections of a class that count in an image. */
const MAX_PER_IMAGE = 100;

const WRONG = 0;
const RIGHT = 1;
const IGNORED = 2;

/** The detections of one class in all images, best first, and whether each is right at each threshold. */
export interface ClassMatches {
  readonly label: number;
  /** Objects by image. */
  readonly objects: readonly { readonly image: number; readonly count: number }[];
  readonly scores: Float64Array;
  readonly images: Int32Array;
  /** By threshold, by detection: wrong, right or to be ignored. */
  readonly verdicts: readonly Uint8Array[];
}

/** What was found and what is there, image by image. */
export interface ImageBoxes {
  readonly found: readonly Detection[];
  readonly truth: readonly TrueBox[];
}

/** Matches detections to objects, class by class, as COCO does: best scores first, each takes the free object it overlaps most. */
export function matchClasses(images: readonly ImageBoxes[]): ClassMatches[] {
  const labels = new Set(
    images.flatMap(({ truth }) => truth.filter(({ isCrowd }) => !isCrowd).map(({ label }) => label)),
  );
  return [...labels].sort((a, b) => a - b).map((label) => matchClass(images, label));
}

function matchClass(images: readonly ImageBoxes[], label: number): ClassMatches {
  const objects: { image: number; count: number }[] = [];
  const rows: { score: number; image: number; verdicts: readonly number[] }[] = [];
  images.forEach(({ found, truth }, image) => {
    const own = truth.filter((box) => box.label === label);
    const count = own.filter(({ isCrowd }) => !isCrowd).length;
    if (count > 0) objects.push({ image, count });
    const sorted = found.filter((box) => box.label === label).sort((a, b) => b.score - a.score);
    const detections = sorted.slice(0, MAX_PER_IMAGE);
    // Crowds last, so that a real object is preferred.
    const ordered = [...own].sort((a, b) => Number(a.isCrowd) - Number(b.isCrowd));
    const verdicts = THRESHOLDS.map((threshold) => matchImage(detections, ordered, threshold));
    detections.forEach(({ score }, i) => {
      rows.push({ score, image, verdicts: verdicts.map((each) => each[i] ?? WRONG) });
    });
  });
  rows.sort((a, b) => b.score - a.score);
  return {
    label,
    objects,
    scores: Float64Array.from(rows, ({ score }) => score),
    images: Int32Array.from(rows, ({ image }) => image),
    verdicts: THRESHOLDS.map((_, at) => Uint8Array.from(rows, ({ verdicts }) => verdicts[at] ?? WRONG)),
  };
}

function matchImage(detections: readonly Detection[], truth: readonly TrueBox[], threshold: number): number[] {
  const taken = new Set<TrueBox>();
  return detections.map((detection) => {
    let best = Math.min(threshold, 1 - 1e-10);
    let match: TrueBox | undefined;
    for (const box of truth) {
      if (taken.has(box) && !box.isCrowd) continue;
      if (match && !match.isCrowd && box.isCrowd) break;
      const overlap = box.isCrowd ? shareInside(detection, box) : overlapOf(detection, box);
      if (overlap < best) continue;
      best = overlap;
      match = box;
    }
    if (!match) return WRONG;
    taken.add(match);
    return match.isCrowd ? IGNORED : RIGHT;
  });
}

/**
 * Average precision of a class at each threshold: precision, made to fall with recall, at 101 recalls. `weights` says how
 * often each image counts; all once when absent. NaN where no object counts.
 */
export function averagePrecisions(matches: ClassMatches, weights?: ArrayLike<number>): number[] {
  const objectCount = matches.objects.reduce((sum, { image, count }) => sum + count * (weights?.[image] ?? 1), 0);
  if (objectCount === 0) return THRESHOLDS.map(() => NaN);
  return matches.verdicts.map((verdicts) => precisionAt(matches.images, verdicts, objectCount, weights));
}

function precisionAt(
  images: Int32Array,
  verdicts: Uint8Array,
  objectCount: number,
  weights: ArrayLike<number> | undefined,
): number {
  const recalls: number[] = [];
  const precisions: number[] = [];
  let right = 0;
  let wrong = 0;
  for (let i = 0; i < verdicts.length; i++) {
    const weight = weights ? (weights[images[i] ?? 0] ?? 0) : 1;
    if (weight === 0 || verdicts[i] === IGNORED) continue;
    if (verdicts[i] === RIGHT) right += weight;
    else wrong += weight;
    recalls.push(right / objectCount);
    precisions.push(right / (right + wrong));
  }
  for (let i = precisions.length - 2; i >= 0; i--) {
    precisions[i] = Math.max(precisions[i] ?? 0, precisions[i + 1] ?? 0);
  }
  let at = 0;
  let sum = 0;
  for (const recall of RECALLS) {
    while (at < recalls.length && (recalls[at] ?? 0) < recall) at++;
    sum += precisions[at] ?? 0;
  }
  return sum / RECALLS.length;
}

/** Mean over classes, of the first threshold and of all; NaN where no object counts. */
export function meanPrecisions(
  classes: readonly ClassMatches[],
  weights?: ArrayLike<number>,
): { readonly at50: number; readonly overall: number } {
  const figures = classes
    .map((matches) => averagePrecisions(matches, weights))
    .filter(([first]) => !Number.isNaN(first));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { at50: mean(figures.map(([first = NaN]) => first)), overall: mean(figures.map((each) => mean(each))) };
}
