import type { TensorInfo } from '../onnx/tensorValue';
import { dataNote, type DataNote } from './dataNotes';
import type { Preprocess } from './datasetFile';
import { badDataset, CorruptSampleError, formatShape } from './errors';
import type { Region } from './pixels';

/** Height and width in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** What to do to the size of every image: first resize, then crop the centre. */
export interface Geometry {
  /** A number is the shorter side; the other keeps the proportions. */
  readonly resize?: number | ImageSize;
  readonly crop?: ImageSize;
  readonly notes: readonly DataNote[];
}

/** An extreme aspect ratio must not turn one thin image into gigabytes. */
const MAX_RESIZED_PIXELS = 100_000_000;

/**
 * Completes "resize" and "crop" with what the model fixes: `fixed` is its height and width. Without both, images that
 * may be resized are brought to the model's size; with a shorter side alone, the model's size is cropped from the
 * centre. Throws `bad-dataset` when what is asked for can never fit.
 */
export function planGeometry(
  info: TensorInfo,
  fixed: readonly [number | undefined, number | undefined],
  preprocess: Preprocess,
  mayResize: boolean,
): Geometry {
  const { resize } = preprocess;
  const crop = typeof preprocess.crop === 'number' ? ([preprocess.crop, preprocess.crop] as const) : preprocess.crop;
  const [height, width] = fixed;
  const model: ImageSize | undefined = height === undefined || width === undefined ? undefined : [height, width];
  if (resize === undefined && crop === undefined) {
    if (!mayResize || !model) return { notes: [] };
    return { resize: model, notes: [dataNote('resized', { size: model.join('x'), input: info.name })] };
  }
  const exact = crop ?? (typeof resize === 'number' ? model : resize);
  if (exact && ((height ?? exact[0]) !== exact[0] || (width ?? exact[1]) !== exact[1])) {
    const key = crop ? 'crop' : 'resize';
    throw badDataset(
      'The dataset file',
      `makes images of ${exact.join('x')} ("${key}"), but the model's input "${info.name}" is ${formatShape(info.dims)}. ` +
        `Change "${key}".`,
    );
  }
  if (typeof resize === 'number' && exact && !crop && resize < Math.max(...exact)) {
    throw badDataset(
      'The dataset file',
      `resizes the shorter side to ${resize}, less than the ${exact.join('x')} of input "${info.name}". Make "resize" larger.`,
    );
  }
  const cropTo = typeof resize === 'number' ? exact : crop;
  return { ...(resize === undefined ? {} : { resize }), ...(cropTo ? { crop: cropTo } : {}), notes: [] };
}

/** Where an image of `size` goes: the size to resize to, if any, and the region to keep (torchvision's rounding). */
export function placeImage(geometry: Geometry, size: ImageSize): { resizeTo?: ImageSize; region: Region } {
  const resized = resizedSize(geometry.resize, size);
  if (resized[0] * resized[1] > MAX_RESIZED_PIXELS) {
    throw new CorruptSampleError(`An image of ${size.join('x')}`, `it would be resized to ${resized.join('x')} pixels`);
  }
  const [height, width] = geometry.crop ?? resized;
  const region = { top: centre(resized[0], height), left: centre(resized[1], width), height, width };
  const same = resized[0] === size[0] && resized[1] === size[1];
  return same ? { region } : { resizeTo: resized, region };
}

function resizedSize(resize: Geometry['resize'], [height, width]: ImageSize): ImageSize {
  if (resize === undefined) return [height, width];
  if (typeof resize !== 'number') return resize;
  return height <= width
    ? [resize, Math.trunc((resize * width) / height)]
    : [Math.trunc((resize * height) / width), resize];
}

/** Half the margin: ties to even when cutting, rounded down when padding. */
function centre(available: number, wanted: number): number {
  const margin = available - wanted;
  const half = Math.trunc(margin / 2);
  if (margin < 0) return half;
  return margin % 2 === 0 ? half : half + (half % 2);
}
