import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readIndexedPng } from '../../../src/data/indexedPng';
import { openMasks } from '../../../src/data/masks';
import type { SegmentationTask } from '../../../src/data/taskSchema';
import { temporaryFolder, writeFile } from './fixtures';

/** Two rows of pixels, each a grey value. */
const grey = (values: readonly number[]) =>
  sharp(Uint8Array.from(values), { raw: { width: 2, height: 2, channels: 1 } });
const colours = [
  [0, 0, 0],
  [128, 0, 0],
  [0, 128, 0],
  [128, 128, 0],
].flat();
const coloured = () => sharp(Uint8Array.from(colours), { raw: { width: 2, height: 2, channels: 3 } });

async function maskOf(bytes: Buffer, more: Partial<SegmentationTask> = {}): Promise<number[]> {
  const folder = temporaryFolder();
  writeFile(folder, 'cat.png', bytes);
  const masks = await openMasks({ kind: 'segmentation', masks: folder, ...more });
  return Array.from((await masks.maskOf({ inputs: {}, source: '/photos/cat.jpg' })).classes);
}

describe('openMasks', () => {
  it('takes grey values as classes, and colours where they are named', async () => {
    expect(await maskOf(await grey([0, 3, 255, 7]).png().toBuffer())).toEqual([0, 3, 255, 7]);
    const rgb = await coloured().png().toBuffer();
    await expect(maskOf(rgb)).rejects.toThrow(/is coloured\. Say which colour is which class with "colors"/);
    const colors: SegmentationTask['colors'] = [
      [0, 0, 0],
      [128, 128, 0],
      [0, 128, 0],
    ];
    expect(await maskOf(rgb, { colors })).toEqual([0, 0xffff, 2, 1]);
  });

  it('says which mask is missing', async () => {
    await expect(maskOf(Buffer.from(''), { suffix: '_mask.png' })).rejects.toThrow(/cat_mask\.png was not found/);
  });
});

describe('readIndexedPng', () => {
  it.each([2, 4, 16, 200])('reads the indices of a palette of %i colours', async (colourCount) => {
    const width = 37;
    const pixels = Uint8Array.from(
      { length: width * 20 * 3 },
      (_, i) => ((Math.floor(i / 3) * 7) % colourCount) + (i % 3),
    );
    const image = sharp(pixels, { raw: { width, height: 20, channels: 3 } });
    const png = await image.png({ palette: true, colours: colourCount, effort: 1, dither: 0 }).toBuffer();
    const indexed = await readIndexedPng(png);
    expect([indexed?.width, indexed?.height]).toEqual([width, 20]);
    const palette = paletteOf(png);
    const decoded = await sharp(png).removeAlpha().raw().toBuffer();
    const fromIndices = Array.from(indexed?.indices ?? []).flatMap((index) => [
      ...palette.subarray(index * 3, index * 3 + 3),
    ]);
    expect(fromIndices).toEqual([...decoded]);
  });

  it('leaves other images to their decoder and refuses damaged ones', async () => {
    expect(await readIndexedPng(await coloured().png().toBuffer())).toBeUndefined();
    expect(await readIndexedPng(await coloured().jpeg().toBuffer())).toBeUndefined();
    const png = await coloured().png({ palette: true }).toBuffer();
    const headless = Buffer.from(png);
    headless.writeUInt32BE(0, 16);
    await expect(readIndexedPng(headless)).rejects.toThrow('its header is damaged');
  });
});

function paletteOf(png: Buffer): Buffer {
  const at = png.indexOf('PLTE');
  return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
}
