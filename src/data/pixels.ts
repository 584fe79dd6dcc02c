/** An 8-bit image in memory: rows of interleaved channels, grey (1) or RGB (3). */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** A rectangle in an image; it may reach beyond it, where pixels are 0. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Grey becomes three equal channels; RGB is returned as it is. */
export function toRgb(pixels: Pixels): Pixels {
  if (pixels.channels === 3) return pixels;
  const data = new Uint8Array(pixels.data.length * 3);
  for (let i = 0; i < pixels.data.length; i++) data.fill(pixels.data[i] ?? 0, i * 3, i * 3 + 3);
  return { ...pixels, channels: 3, data };
}

/** Luma after ITU-R BT.601 in 16-bit fixed point, rounded: the convention of Pillow's mode "L". */
export function toGray(pixels: Pixels): Pixels {
  if (pixels.channels === 1) return pixels;
  const rgb = pixels.data;
  const data = new Uint8Array(rgb.length / 3);
  for (let i = 0, j = 0; i < data.length; i++, j += 3) {
    data[i] = ((rgb[j] ?? 0) * 19595 + (rgb[j + 1] ?? 0) * 38470 + (rgb[j + 2] ?? 0) * 7471 + 32768) >> 16;
  }
  return { ...pixels, channels: 1, data };
}

/** Cuts a region out; what lies outside the image is 0 (black), as torchvision's CenterCrop pads. */
export function cropPixels(pixels: Pixels, region: Region): Pixels {
  const { left, top, width, height } = region;
  if (left === 0 && top === 0 && width === pixels.width && height === pixels.height) return pixels;
  const { channels } = pixels;
  const data = new Uint8Array(width * height * channels);
  const firstColumn = Math.max(0, left);
  const columnCount = Math.min(pixels.width, left + width) - firstColumn;
  if (columnCount <= 0) return { width, height, channels, data };
  for (let y = Math.max(0, -top); y < height && y + top < pixels.height; y++) {
    const from = ((y + top) * pixels.width + firstColumn) * channels;
    const row = pixels.data.subarray(from, from + columnCount * channels);
    data.set(row, (y * width + firstColumn - left) * channels);
  }
  return { width, height, channels, data };
}
