import type { TensorValue } from '../../onnx/tensorValue';
import type { AugmentationSettings } from '../../protocol';
import type { Random } from '../../util/random';

/** How the pixels of one image lie in memory: distances between neighbours along each axis, in elements. */
interface ImageLayout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly strides: { readonly channel: number; readonly row: number; readonly column: number };
}

/** More channels than this are no colours. */
const MAX_CHANNELS = 4;

/**
 * Changes one image of a batch in place, as the random source decides: shifted by up to the padding (what comes in is
 * zero, the mean of normalised images), mirrored, a square set to zero. Tensors that are no float images stay.
 */
export function augmentImage(batch: TensorValue, row: number, settings: AugmentationSettings, random: Random): void {
  const layout = imageLayout(batch.dims);
  if (!layout || !(batch.data instanceof Float32Array)) return;
  const size = layout.channels * layout.height * layout.width;
  const image = batch.data.subarray(row * size, (row + 1) * size);
  const { cropPadding = 0, flip = false, cutout = 0 } = settings;
  const shift = (): number => (cropPadding > 0 ? random.int(2 * cropPadding + 1) - cropPadding : 0);
  const [down, right] = [shift(), shift()];
  const isMirrored = flip && random.next() < 0.5;
  if (down !== 0 || right !== 0 || isMirrored) move(image, layout, down, right, isMirrored);
  if (cutout > 0) cut(image, layout, cutout, random);
}

function imageLayout(dims: readonly number[]): ImageLayout | undefined {
  const [, a = 0, b = 0, c = 0] = dims;
  if (dims.length !== 4) return undefined;
  if (a <= MAX_CHANNELS) {
    return { channels: a, height: b, width: c, strides: { channel: b * c, row: c, column: 1 } };
  }
  if (c > MAX_CHANNELS) return undefined;
  return { channels: c, height: a, width: b, strides: { channel: 1, row: b * c, column: c } };
}

function move(image: Float32Array, layout: ImageLayout, down: number, right: number, isMirrored: boolean): void {
  const { channels, height, width, strides } = layout;
  const source = image.slice();
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const from = y + down;
      const isInside = from >= 0 && from < height;
      const target = c * strides.channel + y * strides.row;
      const origin = c * strides.channel + from * strides.row;
      for (let x = 0; x < width; x++) {
        const column = (isMirrored ? width - 1 - x : x) + right;
        const hasPixel = isInside && column >= 0 && column < width;
        image[target + x * strides.column] = hasPixel ? (source[origin + column * strides.column] as number) : 0;
      }
    }
  }
}

function cut(image: Float32Array, layout: ImageLayout, side: number, random: Random): void {
  const { channels, height, width, strides } = layout;
  // The centre may lie at a border, as its authors have it.
  const top = random.int(height) - (side >> 1);
  const left = random.int(width) - (side >> 1);
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
    for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) {
      for (let c = 0; c < channels; c++) image[c * strides.channel + y * strides.row + x * strides.column] = 0;
    }
  }
}
