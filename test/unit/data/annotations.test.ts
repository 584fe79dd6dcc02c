import { describe, expect, it } from 'vitest';
import { readAnnotations } from '../../../src/data/annotations';
import type { Sample } from '../../../src/data/dataset';
import { temporaryFolder, writeFile } from './fixtures';

const coco = {
  images: [
    { id: 4, file_name: 'train/a.jpg', width: 20, height: 10 },
    { id: 5, file_name: 'test/a.jpg' },
    { id: 6, file_name: 'b.jpg' },
  ],
  annotations: [
    { image_id: 4, category_id: 9, bbox: [1, 2, 3, 4] },
    { image_id: 5, category_id: 2, bbox: [0, 0, 5, 5], iscrowd: 1 },
  ],
  categories: [
    { id: 9, name: 'cat' },
    { id: 2, name: 'dog' },
  ],
};
const saved = (name: string, content: unknown) =>
  writeFile(temporaryFolder(), name, typeof content === 'string' ? content : JSON.stringify(content));
const sample = (source: string, index?: number): Sample => ({
  inputs: {},
  source,
  ...(index === undefined ? {} : { index }),
});

describe('readAnnotations', () => {
  it('reads COCO: classes in the order of their ids, images by the end of their path', async () => {
    const found = await readAnnotations({ annotations: saved('coco.json', coco) });
    expect(found.classNames).toEqual(['dog', 'cat']);
    expect(found.boxesOf(sample('/data/train/a.jpg'))).toEqual([
      { left: 1, top: 2, right: 4, bottom: 6, label: 1, isCrowd: false },
    ]);
    expect(found.boxesOf(sample('C:\\data\\test\\a.jpg'))).toMatchObject([{ label: 0, isCrowd: true }]);
    expect(found.boxesOf(sample('/other/b.jpg'))).toEqual([]);
    expect(found.boxesOf(sample('/data/a.jpg'))).toBeUndefined();
    expect(found.sizeOf(sample('/data/train/a.jpg'))).toEqual([10, 20]);
    expect(found.boxesOf(sample('x.npz[0]', 0))).toHaveLength(1);
  });

  it('leaves categories out that the model does not have', async () => {
    const found = await readAnnotations({ annotations: saved('coco.json', coco), categories: [9] });
    expect(found.boxesOf(sample('train/a.jpg'))).toMatchObject([{ label: 0 }]);
    expect(found.boxesOf(sample('test/a.jpg'))).toEqual([]);
  });

  it('reads a table with class names or numbers, and images with nothing in them', async () => {
    const text = 'file\tclass\tx\ty\twidth\theight\na.png\tdog\t1\t2\t3\t4\na.png\t0\t5\t5\t1\t1\nb.png\t\t\t\t\t\n';
    const found = await readAnnotations({ annotations: saved('boxes.tsv', text) }, ['cat', 'dog']);
    expect(found.boxesOf(sample('/x/a.png'))).toMatchObject([
      { left: 1, top: 2, right: 4, bottom: 6, label: 1 },
      { label: 0 },
    ]);
    expect(found.boxesOf(sample('/x/b.png'))).toEqual([]);
  });

  it.each([
    ['coco.json', '{', /is not valid JSON/],
    ['coco.json', { images: [] }, /is no COCO annotations file: "annotations"/],
    ['coco.json', { ...coco, images: [] }, /annotation 0 on image 4, which it does not list/],
    ['coco.json', { ...coco, categories: [] }, /annotation 0 of category 9, which it does not list/],
    ['b.tsv', 'file\tclass\nx\t0', /has no column "x"/],
    ['b.tsv', 'file\tclass\tx\ty\twidth\theight\na\tbird\t1\t1\t1\t1', /b\.tsv:2 has class "bird"/],
    ['b.tsv', 'file\tclass\tx\ty\twidth\theight\na\t0\t1\t1\t1\t', /b\.tsv:2 has a box that is no four numbers/],
  ])('says where %s is wrong: %j', async (name, content, message) => {
    await expect(readAnnotations({ annotations: saved(name, content) })).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(message),
    });
  });
});
