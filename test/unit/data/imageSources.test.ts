import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/openDataset';
import { collect, idx, input, plain, temporaryFolder, writeFile, writePng } from './fixtures';

const x = input('x', ['n', 3, 'h', 'w']);

describe('a folder of class folders', () => {
  it('labels by the order of folder names and looks into nested folders and links', async () => {
    const folder = temporaryFolder();
    await writePng(folder, 'b/deep/1.png', [2, 2, 2], [1, 1]);
    await writePng(folder, 'a/1.png', [1, 1, 1], [1, 1]);
    await writePng(folder, 'Z/1.PNG', [0, 0, 0], [1, 1]);
    await writePng(folder, '.hidden/1.png');
    writeFile(folder, 'a/notes.txt', 'not an image');
    symlinkSync(join(folder, 'b'), join(folder, 'c'));
    const dataset = await openDataset(folder, [x]);
    const samples = await collect(dataset);
    const byLabel = samples.map((sample) => [sample.label, plain(sample, 'x')?.data[0]]).sort();
    expect(byLabel).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 2],
    ]);
    expect(dataset.classNames).toEqual(['Z', 'a', 'b', 'c']);
  });

  it('takes folder names that are all numbers for labels', async () => {
    const folder = temporaryFolder();
    await writePng(folder, '10/1.png');
    await writePng(folder, '9/1.png');
    const dataset = await openDataset(folder, [x]);
    expect((await collect(dataset)).map(({ label }) => label).sort()).toEqual([10, 9]);
    expect(dataset.classNames).toBeUndefined();
  });

  it('is shuffled unless the dataset file says otherwise', async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 12; i++) await writePng(folder, `images/${i < 6 ? 'a' : 'b'}/${i}.png`, [i, i, i], [1, 1]);
    const path = writeFile(
      folder,
      'd.json',
      '{ "kind": "image-folder", "path": "images", "shuffle": false, "limit": 6 }',
    );
    const labelsOf = async (from: string, seed = 0): Promise<string> =>
      (await collect(await openDataset(from, [x], { limit: 6, seed }))).map(({ label }) => label).join('');
    expect(await labelsOf(path)).toBe('000000');
    expect(await labelsOf(join(folder, 'images'))).toContain('1');
  });

  it('skips, counts and names corrupt images', async () => {
    const folder = temporaryFolder();
    await writePng(folder, 'a/1.png');
    const broken = writeFile(folder, 'a/2.png', 'broken');
    const dataset = await openDataset(folder, [x]);
    expect(await collect(dataset)).toHaveLength(1);
    expect(dataset.skipped).toEqual([
      { source: broken, reason: 'it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF image' },
    ]);
  });

  it('has no labels when the images lie in the folder itself', async () => {
    const folder = temporaryFolder();
    await writePng(folder, '1.png');
    const dataset = await openDataset(folder, [x]);
    expect([dataset.hasLabels, (await dataset.read(0)).label, dataset.notes[0]?.message]).toEqual([
      false,
      undefined,
      `${folder} has no class folders, so its images have no labels.`,
    ]);
  });

  it('resizes to the size of the model and says so', async () => {
    const folder = temporaryFolder();
    await writePng(folder, 'a/1.png', [9, 9, 9], [6, 8]);
    const dataset = await openDataset(folder, [input('x', ['n', 3, 2, 2])]);
    expect(plain(await dataset.read(0), 'x')).toEqual({
      type: 'float32',
      dims: [1, 3, 2, 2],
      data: new Array(12).fill(9),
    });
    expect(dataset.notes[0]?.message).toBe('Images are resized to 2x2, the size of input "x".');
  });

  it('refuses an empty folder, pointing at data inside', async () => {
    const folder = temporaryFolder();
    await expect(openDataset(folder, [x])).rejects.toThrow('holds no images. Give a folder with one folder of images');
    writeFile(folder, 'my.dataset.json', '{}');
    await expect(openDataset(folder, [x])).rejects.toThrow('my.dataset.json?');
  });

  it('refuses a folder of nothing but corrupt images', async () => {
    const folder = temporaryFolder();
    writeFile(folder, 'a/1.png', 'broken');
    await expect(collect(await openDataset(folder, [x]))).rejects.toThrow('has no readable sample: all 1 are corrupt');
  });
});

describe('image-list', () => {
  async function open(list: string, more: object = {}): ReturnType<typeof openDataset> {
    const folder = temporaryFolder();
    await writePng(folder, 'img/1.png', [1, 1, 1], [1, 1]);
    await writePng(folder, 'img/2.png', [2, 2, 2], [1, 1]);
    writeFile(folder, 'l.tsv', list);
    const file = { kind: 'image-list', path: 'l.tsv', root: 'img', ...more };
    return openDataset(writeFile(folder, 'd.json', JSON.stringify(file)), [x]);
  }

  it('reads the named columns and offsets labels', async () => {
    const dataset = await open('class\tname\n4\t2.png\r\n\n7\t1.png\n', {
      fileColumn: 'name',
      labelColumn: 'class',
      labelOffset: -1,
    });
    expect((await collect(dataset)).map((sample) => [sample.label, plain(sample, 'x')?.data[0]])).toEqual([
      [3, 2],
      [6, 1],
    ]);
  });

  it('is unlabelled without a label column', async () => {
    expect((await open('file\n1.png')).hasLabels).toBe(false);
  });

  it('skips images that are listed but missing', async () => {
    const dataset = await open('file\tlabel\n1.png\t0\n3.png\t1\n');
    expect(await collect(dataset)).toHaveLength(1);
    expect(dataset.skipped[0]?.reason).toContain('it was not found');
  });

  it.each([
    ['a missing column', 'path\tlabel\n1.png\t0', 'has no column "file", only "path", "label"'],
    ['commas', 'file,label\n1.png,0', 'The list must be tab-separated.'],
    ['names for labels', 'file\tlabel\n1.png\ttench', 'l.tsv:2 has "tench" in column "label"'],
    ['no lines', 'file\tlabel\n', 'lists no images'],
    ['an empty file cell', 'file\tlabel\n\t0', 'l.tsv:2 has nothing in column 1'],
    ['URLs', 'file\tlabel\nhttps://a.example/1.png\t0', 'is not a local path'],
  ])('refuses %s', async (_, list, message) => {
    await expect(open(list)).rejects.toThrow(message);
  });
});

describe('CIFAR-10', () => {
  const record = (label: number, red: number): Buffer =>
    Buffer.concat([Buffer.of(label), Buffer.alloc(1024, red), Buffer.alloc(2048, 5)]);
  const write = (bytes: Uint8Array): string => writeFile(temporaryFolder(), 'test.bin', bytes);

  it('reads planar records and names the classes', async () => {
    const dataset = await openDataset(write(Buffer.concat([record(3, 9), record(8, 7)])), [
      input('x', ['n', 3, 32, 32]),
    ]);
    const sample = await dataset.read(1);
    const data = plain(sample, 'x')?.data;
    expect([sample.label, data?.[0], data?.[1023], data?.[1024], dataset.classNames?.[3]]).toEqual([8, 7, 7, 5, 'cat']);
  });

  it('names both shapes when the model takes another size', async () => {
    await expect(openDataset(write(record(0, 0)), [input('x', ['n', 3, 224, 224])])).rejects.toThrow(
      'gives images of 32x32, but the model\'s input "x" is [n, 3, 224, 224]. Set "resize" or "crop"',
    );
  });

  it('resizes when the dataset file says so', async () => {
    const folder = temporaryFolder();
    writeFile(folder, 'a.bin', record(0, 4));
    const path = writeFile(folder, 'd.json', '{ "kind": "cifar10", "path": "a.bin", "preprocess": { "resize": 64 } }');
    const dataset = await openDataset(path, [input('x', ['n', 3, 64, 64])]);
    expect((await dataset.read(0)).inputs.x?.dims).toEqual([1, 3, 64, 64]);
  });

  it.each([
    ['a wrong size', Buffer.alloc(3000), '3000 bytes are not a multiple of 3073'],
    ['CIFAR-100', Buffer.alloc(3074), 'It looks like CIFAR-100'],
    ['labels above 9', record(10, 0), 'test.bin[0] has label 10'],
    ['an empty file', Buffer.alloc(0), '0 bytes'],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(openDataset(write(bytes), [x])).rejects.toThrow(message);
  });
});

describe('IDX', () => {
  const gray = input('x', ['n', 1, 1, 2]);

  it('reads images with the labels file beside them', async () => {
    const folder = temporaryFolder();
    const path = writeFile(folder, 't10k-images-idx3-ubyte', idx([2, 1, 2], [1, 2, 3, 4]));
    writeFile(folder, 't10k-labels-idx1-ubyte', idx([2], [9, 5]));
    const dataset = await openDataset(path, [gray]);
    expect((await collect(dataset)).map((sample) => [sample.label, plain(sample, 'x')?.data])).toEqual([
      [9, [1, 2]],
      [5, [3, 4]],
    ]);
  });

  it('takes the labels file that a dataset file names, or none', async () => {
    const folder = temporaryFolder();
    writeFile(folder, 'a.idx', idx([1, 1, 2], [1, 2]));
    writeFile(folder, 'b.idx', idx([1], [0, 0, 1, 44], 0x0c));
    const file = (labels: string): string =>
      writeFile(folder, 'd.json', `{ "kind": "idx", "path": "a.idx", "labels": ${labels} }`);
    expect((await (await openDataset(file('"b.idx"'), [gray])).read(0)).label).toBe(300);
    expect((await openDataset(file('false'), [gray])).hasLabels).toBe(false);
  });

  it.each<[string, string, Uint8Array, string]>([
    ['a missing labels file', 'images.idx', idx([1, 1, 2], [1, 2]), 'labels.idx was not found'],
    ['a truncated file', 'a.idx', idx([2, 1, 2], [1, 2]), 'has 18 bytes, but its header says 20'],
    ['labels in place of images', 'a.idx', idx([2], [1, 2]), 'not 8-bit images'],
    ['compressed files', 'a.gz', Buffer.of(0x1f, 0x8b, 8, 0), 'Unpack it with gunzip first'],
    ['no images', 'a.idx', idx([0, 1, 2], []), 'holds no images'],
  ])('refuses %s', async (_, name, bytes, message) => {
    await expect(openDataset(writeFile(temporaryFolder(), name, bytes), [gray])).rejects.toThrow(message);
  });

  it('refuses labels of other images', async () => {
    const folder = temporaryFolder();
    const path = writeFile(folder, 'images.idx', idx([1, 1, 2], [1, 2]));
    writeFile(folder, 'labels.idx', idx([2], [1, 2]));
    await expect(openDataset(path, [gray])).rejects.toThrow('has 2 labels for 1 images');
  });
});
