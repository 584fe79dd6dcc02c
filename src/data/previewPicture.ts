import sharp from 'sharp';
import type { TensorValue } from '../onnx/tensorValue';
import { fromFloat16 } from '../util/float16';

/** Pictures in a gallery are thumbnails: longer sides are reduced to this. */
const MAX_SIDE = 96;
/** Shorter sides are enlarged to this, pixel by pixel. */
const MIN_SIDE = 64;
/** Anything smaller is a list of numbers rather than a picture. */
const MIN_PIXELS = 4;

/**
 * Renders the input of one sample as a PNG file when it is laid out like an image: rank 4, one or three channels, NCHW
 * or NHWC. Values are stretched to the full range, so that any preprocessing shows; undefined for what is no image.
 */
export async function previewPicture(tensor: TensorValue): Promise<Uint8Array | undefined> {
  const layout = imageLayout(tensor.dims);
  if (layout === undefined || tensor.type === 'string') return undefined;
  const { height, width, channels, isChannelLast } = layout;
  const value = reader(tensor);
  const count = height * width * channels;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < count; i++) {
    const element = value(i);
    if (!Number.isFinite(element)) continue;
    low = Math.min(low, element);
    high = Math.max(high, element);
  }
  const scale = high > low ? 255 / (high - low) : 0;
  const pixels = new Uint8Array(count);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const at = isChannelLast ? pixel * channels + channel : channel * height * width + pixel;
      const element = value(at);
      pixels[pixel * channels + channel] = Number.isFinite(element) ? Math.round((element - low) * scale) : 0;
    }
  }
  const longest = Math.max(height, width);
  const factor = longest > MAX_SIDE ? MAX_SIDE / longest : Math.max(1, Math.floor(MIN_SIDE / longest));
  const png = await sharp(pixels, { raw: { width, height, channels } })
    .resize({
      width: Math.max(1, Math.round(width * factor)),
      height: Math.max(1, Math.round(height * factor)),
      fit: 'fill',
      kernel: factor > 1 ? 'nearest' : 'lanczos3',
    })
    .png()
    .toBuffer();
  return png;
}

interface ImageLayout {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly isChannelLast: boolean;
}

function imageLayout(dims: readonly number[]): ImageLayout | undefined {
  const [batch, a = 0, b = 0, c = 0] = dims;
  if (dims.length !== 4 || batch !== 1) return undefined;
  if ((a === 1 || a === 3) && Math.min(b, c) >= MIN_PIXELS) {
    return { channels: a, height: b, width: c, isChannelLast: false };
  }
  if ((c === 1 || c === 3) && Math.min(a, b) >= MIN_PIXELS) {
    return { channels: c, height: a, width: b, isChannelLast: true };
  }
  return undefined;
}

function reader({ type, data }: TensorValue): (index: number) => number {
  if (type === 'float16') return (index) => fromFloat16(Number(data[index]));
  return (index) => Number(data[index]);
}
