import { extname } from 'node:path';
import { z } from 'zod';
import type { Sample } from './dataset';
import { badDataset } from './errors';
import { readWhole } from './fileAccess';
import type { DetectionTask } from './taskSchema';

/** An object that is really in an image; pixels of the original image. */
export interface TrueBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly label: number;
  /** A region of many objects: finding something in it is neither right nor wrong. */
  readonly isCrowd: boolean;
}

/** What is in the images, by sample. */
export interface Annotations {
  /** By label, where the file names its categories. */
  readonly classNames?: readonly string[];
  /** Undefined for a sample that the file does not list. */
  boxesOf(sample: Sample): readonly TrueBox[] | undefined;
  /** Height and width of the sample's image, where the file says so. */
  sizeOf(sample: Sample): readonly [height: number, width: number] | undefined;
}

/** The annotations of COCO's 118,000 training images take 450 MB. */
const MAX_BYTES = 512 * 1024 * 1024;

const cocoSchema = z.object({
  images: z.array(
    z.object({
      id: z.union([z.number(), z.string()]),
      file_name: z.string(),
      width: z.number().optional(),
      height: z.number().optional(),
    }),
  ),
  annotations: z.array(
    z.object({
      image_id: z.union([z.number(), z.string()]),
      category_id: z.number(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      iscrowd: z.union([z.number(), z.boolean()]).optional(),
    }),
  ),
  categories: z.array(z.object({ id: z.number(), name: z.string().optional() })),
});

interface ListedImage {
  readonly file: string;
  readonly size?: readonly [number, number];
  readonly boxes: TrueBox[];
}

/** Reads what is in the images of a detection task. Throws `bad-dataset` that says where the file is wrong. */
export async function readAnnotations(
  task: Pick<DetectionTask, 'annotations' | 'categories'>,
  classNames?: readonly string[],
): Promise<Annotations> {
  const path = task.annotations;
  const text = (await readWhole(path, MAX_BYTES)).toString('utf8').replace(/^\uFEFF/, '');
  if (extname(path).toLowerCase() !== '.json') return annotationsOf(readTable(path, text, classNames));
  const { images, names } = readCoco(path, text, task.categories);
  return { ...annotationsOf(images), ...(names ? { classNames: names } : {}) };
}

function readCoco(
  path: string,
  text: string,
  order: readonly number[] | undefined,
): { images: ListedImage[]; names?: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw badDataset(path, `is not valid JSON: ${(error as Error).message}. Save it again.`); // JSON.parse throws errors
  }
  const parsed = cocoSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badDataset(path, `is no COCO annotations file: "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}.`);
  }
  const { images, annotations, categories } = parsed.data;
  const ids = order ?? categories.map(({ id }) => id).sort((a, b) => a - b);
  const labels = new Map(ids.map((id, label) => [id, label]));
  const byId = new Map<number | string, ListedImage>();
  for (const { id, file_name: file, width, height } of images) {
    byId.set(id, { file, boxes: [], ...(width && height ? { size: [height, width] as const } : {}) });
  }
  annotations.forEach(({ image_id: image, category_id: category, bbox: [left, top, width, height], iscrowd }, i) => {
    const listed = byId.get(image);
    if (!listed) throw badDataset(path, `has annotation ${i} on image ${image}, which it does not list. Correct it.`);
    const label = labels.get(category);
    // Of a category that the model does not know: with "categories" that is meant, without it cannot be.
    if (label === undefined && order) return;
    if (label === undefined)
      throw badDataset(path, `has annotation ${i} of category ${category}, which it does not list.`);
    listed.boxes.push({ left, top, right: left + width, bottom: top + height, label, isCrowd: Boolean(iscrowd) });
  });
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const named = ids.map((id) => names.get(id) ?? `category ${id}`);
  return { images: [...byId.values()], names: named };
}

/** A table of boxes: file, class, x, y, width, height. A file without a class is an image with nothing in it. */
function readTable(path: string, text: string, classNames: readonly string[] | undefined): ListedImage[] {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? '').split('\t').map((name) => name.trim());
  const [fileAt, classAt, ...boxAt] = ['file', 'class', 'x', 'y', 'width', 'height'].map((name) => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    throw badDataset(path, `has no column "${name}". It needs file, class, x, y, width, height, tab-separated.`);
  });
  const images = new Map<string, ListedImage>();
  for (let line = 1; line < lines.length; line++) {
    const cells = (lines[line] ?? '').split('\t').map((cell) => cell.trim());
    const file = cells[fileAt ?? 0] ?? '';
    if (file === '') continue;
    const image = images.get(file) ?? { file, boxes: [] };
    images.set(file, image);
    const name = cells[classAt ?? 0] ?? '';
    if (name === '') continue;
    const label = /^\d+$/.test(name) ? Number(name) : (classNames?.indexOf(name) ?? -1);
    const [left, top, width, height] = boxAt.map((at) => Number(cells[at] || NaN)) as [number, number, number, number]; // four names
    if (label < 0 || !Number.isFinite(left + top + width + height)) {
      const what =
        label < 0 ? `class "${name}", which is no number and not in "classes"` : 'a box that is no four numbers';
      throw badDataset(`${path}:${line + 1}`, `has ${what}. Correct it.`);
    }
    image.boxes.push({ left, top, right: left + width, bottom: top + height, label, isCrowd: false });
  }
  return [...images.values()];
}

/** Images are found by the end of a sample's path, or where samples are no files, by their number. */
function annotationsOf(images: readonly ListedImage[]): Annotations {
  const byName = new Map<string, ListedImage[]>();
  for (const image of images) {
    const name = nameOf(image.file);
    const same = byName.get(name);
    if (same) same.push(image);
    else byName.set(name, [image]);
  }
  const find = (sample: Sample): ListedImage | undefined => {
    const source = sample.source.replaceAll('\\', '/');
    const candidates = byName.get(nameOf(source)) ?? [];
    const exact = candidates.find(({ file }) => `/${source}`.endsWith(`/${file.replaceAll('\\', '/')}`));
    const found = exact ?? (candidates.length === 1 ? candidates[0] : undefined);
    if (found) return found;
    const isElement = /\[\d+\]$|:\d+$/.test(source);
    if (!isElement || sample.index === undefined) return undefined;
    return byName.get(String(sample.index))?.[0] ?? images[sample.index];
  };
  return { boxesOf: (sample) => find(sample)?.boxes, sizeOf: (sample) => find(sample)?.size };
}

function nameOf(path: string): string {
  return path.replaceAll('\\', '/').split('/').at(-1) ?? path;
}
