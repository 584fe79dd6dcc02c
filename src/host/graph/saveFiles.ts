import { basename, dirname, extname, join } from 'node:path';
import * as vscode from 'vscode';
import type { GraphPanelMethods, TensorRef } from '../../protocol';
import { fileError, freshPath } from '../../util/files';
import { PressError } from '../../util/pressError';
import type { GraphModel } from './graphModel';
import type { Services } from '../services';

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Characters that some file system does not take, and those that would lead into another folder. */
const UNSAFE = /[\\/:*?"<>|\p{Cc}]+/gu;
const MAX_NAME = 80;

/** Asks where to and exports a weight as `.npy`; false when the person leaves the dialog. */
export async function exportWeight(
  { services, model }: { readonly services: Services; readonly model: GraphModel },
  ref: TensorRef,
): Promise<boolean> {
  const { graphs } = await model.document;
  const name = graphs[ref.graph]?.tensors[ref.tensor]?.name ?? '';
  const target = await askTarget(model.uri, `${stem(model.path)}.${safeName(name)}.npy`, { NumPy: ['npy'] });
  if (target === undefined) return false;
  // A file of that name may be replaced: the dialog has asked.
  await services.reader.request('graph/exportWeight', { path: model.path, output: target.fsPath, ...ref });
  return true;
}

/** Asks where to and saves a picture of the graph; false when the person leaves the dialog. */
export async function savePicture(
  model: vscode.Uri,
  { format, content }: GraphPanelMethods['savePicture']['params'],
): Promise<boolean> {
  const bytes = format === 'svg' ? svgBytes(content) : pngBytes(content);
  if (bytes === undefined) throw new PressError('internal', `The graph panel sent no ${format.toUpperCase()}.`);
  const target = await askTarget(model, `${stem(model.fsPath)}.${format}`, { [format.toUpperCase()]: [format] });
  if (target === undefined) return false;
  try {
    await vscode.workspace.fs.writeFile(target, bytes);
  } catch (error) {
    throw fileError(target.fsPath, error);
  }
  return true;
}

/** The bytes of SVG text; undefined when it is none. */
export function svgBytes(text: string): Uint8Array | undefined {
  return /^\s*(<\?xml[^>]*\?>\s*)?<svg[\s>]/.test(text) ? new TextEncoder().encode(text) : undefined;
}

/** The bytes of a PNG in base64; undefined when it is none. */
export function pngBytes(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE) ? bytes : undefined;
}

/** A tensor's name as part of a file name. */
export function safeName(name: string): string {
  return name.replace(UNSAFE, '_').slice(0, MAX_NAME) || 'tensor';
}

/** VS Code asks itself before a file is replaced. */
function askTarget(
  model: vscode.Uri,
  name: string,
  filters: Record<string, string[]>,
): Thenable<vscode.Uri | undefined> {
  const defaultUri = vscode.Uri.file(freshPath(join(dirname(model.fsPath), name)));
  return vscode.window.showSaveDialog({ defaultUri, filters });
}

function stem(path: string): string {
  return basename(path, extname(path));
}
