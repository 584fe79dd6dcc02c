import type { Size } from '../scene/viewport';

/** The largest picture that browsers draw reliably: pixels of a side, and of the whole. */
const MAX_SIDE = 16_384;
const MAX_PIXELS = 64e6;
/** Pixels for each CSS pixel where there is room: sharp texts on a printed page. */
const WANTED_SCALE = 2;

/** A PNG picture. */
export interface PngPicture {
  /** The bytes in base64. */
  readonly base64: string;
  readonly width: number;
  readonly height: number;
  /** Pixels for each CSS pixel; below 1, the graph was too large for its full size. */
  readonly scale: number;
}

/** The scale at which a picture of this size in CSS pixels is drawn: 2, or less where the size is capped. */
export function pictureScale({ width, height }: Size): number {
  return Math.min(WANTED_SCALE, MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_PIXELS / (width * height)));
}

/** Draws an SVG document of this size in CSS pixels as PNG. Rejects where the browser cannot. */
export async function svgToPng(svg: string, size: Size): Promise<PngPicture> {
  const scale = pictureScale(size);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(size.width * scale));
  canvas.height = Math.max(1, Math.floor(size.height * scale));
  const context = canvas.getContext('2d');
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    context?.drawImage(image, 0, 0, canvas.width, canvas.height);
  } finally {
    URL.revokeObjectURL(url);
  }
  const data = canvas.toDataURL('image/png');
  const base64 = data.slice(data.indexOf(',') + 1);
  // A canvas that is too large for the browser gives an address without data.
  if (base64 === '') throw new DOMException('The canvas has no data.', 'EncodingError');
  return { base64, width: canvas.width, height: canvas.height, scale };
}
