import { dirname } from 'node:path';
import { badDataset } from './errors';
import { readWhole, resolveDataPath } from './fileAccess';
import type { ImageFiles } from './imageFiles';

/** About a million lines; the table of a large data set is some tens of megabytes. */
const MAX_LIST_BYTES = 256 * 1024 * 1024;
const MAX_LABEL = 0x7fffffff;

/** Where in a list the files and labels are. */
export interface ImageListColumns {
  readonly root?: string;
  readonly fileColumn?: string;
  readonly labelColumn?: string;
}

/** Reads a tab-separated list of images with a header line. Throws `bad-dataset` naming line and column. */
export async function readImageList(path: string, columns: ImageListColumns): Promise<ImageFiles> {
  const text = (await readWhole(path, MAX_LIST_BYTES)).toString('utf8').replace(/^\uFEFF/, '');
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? '').split('\t').map((name) => name.trim());
  const find = (name: string): number => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    const tabs = header.length === 1 && (lines[0] ?? '').includes(',') ? ' The list must be tab-separated.' : '';
    throw badDataset(path, `has no column "${name}", only ${header.map((each) => `"${each}"`).join(', ')}.${tabs}`);
  };
  const fileAt = find(columns.fileColumn ?? 'file');
  const hasLabels = columns.labelColumn !== undefined || header.includes('label');
  const labelName = columns.labelColumn ?? 'label';
  const labelAt = hasLabels ? find(labelName) : -1;
  const root = columns.root ?? dirname(path);

  const paths: string[] = [];
  const labels: number[] = [];
  for (let line = 1; line < lines.length; line++) {
    const content = lines[line] ?? '';
    if (content.trim() === '') continue;
    const cells = content.split('\t');
    const file = cells[fileAt]?.trim() ?? '';
    if (file === '') throw badDataset(`${path}:${line + 1}`, `has nothing in column ${fileAt + 1}, the file. Add it.`);
    paths.push(resolveDataPath(root, file));
    if (hasLabels) labels.push(parseLabel(cells[labelAt]?.trim() ?? '', labelName, `${path}:${line + 1}`));
  }
  if (paths.length === 0) throw badDataset(path, 'lists no images. Add a line a image below the header.');
  return { paths, ...(hasLabels ? { labels: Int32Array.from(labels) } : {}), notes: [] };
}

function parseLabel(cell: string, column: string, where: string): number {
  const label = Number(cell);
  if (/^-?\d+$/.test(cell) && Math.abs(label) <= MAX_LABEL) return label;
  throw badDataset(
    where,
    `has ${JSON.stringify(cell)} in column "${column}", which is not a class index. ` +
      'Name the column that holds whole numbers with "labelColumn".',
  );
}
