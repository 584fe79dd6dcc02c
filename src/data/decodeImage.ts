import type sharpType from 'sharp';
import { errorMessage } from '../util/pressError';
import { CorruptSampleError } from './errors';
import { readWhole } from './fileAccess';
import type { Pixels } from './pixels';

/** File name endings that are taken for images; what a file really is, its first bytes tell. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
  '.bmp',
];

/** 100 megapixels: more than any camera, and 300 MB decoded. Larger is taken for a decompression bomb. */
const MAX_PIXELS = 100_000_000;
const MAX_FILE_BYTES = 256 * 1024 * 1024;

let loading: Promise<typeof sharpType> | undefined;

/** Loads the native library on first use; one thread an image, since several images are decoded at a time. */
async function loadSharp(): Promise<typeof sharpType> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/**
 * Decodes an image file to 8 bits: upright (EXIF), first frame, colours as stored (no ICC conversion, as Pillow),
 * alpha dropped, 16 bits reduced to 8. Throws {@link CorruptSampleError} whenever this file cannot be read.
 */
export async function decodeImage(path: string): Promise<Pixels> {
  try {
    const bytes = await readWhole(path, MAX_FILE_BYTES);
    const format = sniffFormat(bytes);
    if (!format.supported) throw new Error(format.reason);
    loading ??= loadSharp();
    const sharp = await loading;
    const { data, info } = await sharp(bytes, {
      failOn: 'error',
      limitInputPixels: MAX_PIXELS,
      sequentialRead: true,
      ignoreIcc: true,
      autoOrient: true,
    })
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 1 && info.channels !== 3) throw new Error(`it has ${info.channels} colour channels`);
    return { width: info.width, height: info.height, channels: info.channels, data };
  } catch (error) {
    throw new CorruptSampleError(path, reasonOf(path, error), error);
  }
}

/** The first line of an error about a file, to follow the file's name: without that name, and without a full stop. */
function reasonOf(path: string, error: unknown): string {
  const [line = ''] = errorMessage(error).split('\n');
  return line.replace(`${path} `, 'it ').replace(/[.:\s]+$/, '');
}

/** Only plain raster formats are handed to the decoder: SVG, PDF and the like can refer to other files. */
function sniffFormat(bytes: Buffer): { supported: true } | { supported: false; reason: string } {
  const text = bytes.toString('latin1', 0, 16);
  const isRaster =
    text.startsWith('\xff\xd8\xff') ||
    text.startsWith('\x89PNG') ||
    text.startsWith('GIF8') ||
    text.startsWith('II*\0') ||
    text.startsWith('MM\0*') ||
    (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') ||
    /^ftyp(avif|avis|mif1)/.test(text.slice(4));
  if (isRaster) return { supported: true };
  if (bytes.length === 0) return { supported: false, reason: 'the file is empty' };
  if (text.startsWith('BM')) return { supported: false, reason: 'BMP is not supported, convert it to PNG' };
  return { supported: false, reason: 'it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF image' };
}
