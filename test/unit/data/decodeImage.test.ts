import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/data/decodeImage';
import { isCorruptSample } from '../../../src/data/errors';
import { temporaryFolder, writeFile, writePng } from './fixtures';

async function reasonOf(path: string): Promise<string> {
  const error: unknown = await decodeImage(path).catch((thrown: unknown) => thrown);
  return isCorruptSample(error) ? error.reason : `not refused: ${String(error)}`;
}

describe('decodeImage', () => {
  it('gives interleaved RGB bytes', async () => {
    const path = await writePng(temporaryFolder(), 'a.png', [1, 2, 3], [1, 2]);
    const pixels = await decodeImage(path);
    expect({ ...pixels, data: [...pixels.data] }).toEqual({
      width: 2,
      height: 1,
      channels: 3,
      data: [1, 2, 3, 1, 2, 3],
    });
  });

  it('drops alpha without blending', async () => {
    const raw = { width: 1, height: 1, channels: 4 as const };
    const bytes = await sharp(Uint8Array.of(200, 100, 50, 0), { raw })
      .png()
      .toBuffer();
    const { data } = await decodeImage(writeFile(temporaryFolder(), 'a.png', bytes));
    expect([...data]).toEqual([200, 100, 50]);
  });

  it('reads grey images as grey values', async () => {
    const raw = { width: 2, height: 1, channels: 1 as const };
    const bytes = await sharp(Uint8Array.of(7, 250), { raw }).toColourspace('b-w').png().toBuffer();
    const { data, channels } = await decodeImage(writeFile(temporaryFolder(), 'a.png', bytes));
    expect([...data].filter((_, index) => index % channels === 0)).toEqual([7, 250]);
  });

  it('reduces 16-bit images to 8 bits', async () => {
    const raw = { width: 2, height: 1, channels: 3 as const };
    const levels = Uint16Array.of(0, 0x8000, 0xffff, 0x1000, 0x2000, 0x4000);
    const bytes = await sharp(levels, { raw }).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    const { data } = await decodeImage(writeFile(temporaryFolder(), 'a.png', bytes));
    expect([...data]).toEqual([0, 0x80, 0xff, 0x10, 0x20, 0x40]);
  });

  it('turns an image upright by its EXIF orientation', async () => {
    const image = sharp({ create: { width: 8, height: 2, channels: 3, background: '#123456' } });
    const bytes = await image.jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const { width, height } = await decodeImage(writeFile(temporaryFolder(), 'a.jpg', bytes));
    expect([height, width]).toEqual([8, 2]);
  });

  it('refuses a truncated image', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    const path = writeFile(temporaryFolder(), 'a.jpg', bytes.subarray(0, bytes.length / 2));
    expect(await reasonOf(path)).toMatch(/premature|truncated/i);
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['text', 'not an image', 'it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF image'],
    [
      'SVG',
      '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>',
      'it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF image',
    ],
    ['BMP', 'BM000000', 'BMP is not supported, convert it to PNG'],
  ])('refuses %s with a reason', async (_, content, reason) => {
    expect(await reasonOf(writeFile(temporaryFolder(), 'a.png', content))).toBe(reason);
  });

  it('refuses a file that is not there, and says so', async () => {
    expect(await reasonOf('/nowhere/a.png')).toContain('it was not found');
  });
});
