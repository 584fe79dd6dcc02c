import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { openModel, saveModel } from '../../runtime/modelFile';
import { outputExists } from '../../util/files';
import { hashModel } from './fingerprint';

/** What a recipe is called: its file name without `.press.json`. */
export function recipeName(path: string): string {
  return basename(path).replace(/\.press\.json$|\.[^.]*$/i, '');
}

/**
 * The name of what a recipe makes of a model: `digits.server-x86` of `digits.onnx` by `server-x86.press.json`.
 * The copy of a recipe in a run folder makes what that run has made.
 */
export function resultStem(model: string, recipe: string): string {
  const folder = dirname(resolve(recipe));
  if (basename(dirname(folder)) === '.onnx-press') return basename(folder);
  const stem = basename(model, extname(model));
  const name = recipeName(recipe);
  if (name === stem) return `${stem}.pressed`;
  return name.startsWith(`${stem}.`) ? name : `${stem}.${name}`;
}

/**
 * Puts the model of the last step beside the original: under `wanted`, or under the first free name of `stem`. A file
 * there with the same content, of an earlier run, is taken as it is; nothing is overwritten. Throws `output-exists`.
 */
export async function placeModel(
  model: string,
  modelHash: string,
  place: { readonly wanted?: string | undefined; readonly folder: string; readonly stem: string },
  signal: AbortSignal,
): Promise<string> {
  for (let n = 1; ; n++) {
    const stem = n === 1 ? place.stem : `${place.stem}-${n}`;
    const path = place.wanted ?? join(place.folder, `${stem}.onnx`);
    if (!existsSync(path)) {
      copyModel(model, path);
      return path;
    }
    if ((await hashModel(path, signal).catch(() => undefined)) === modelHash) return path;
    if (place.wanted !== undefined) throw outputExists(path);
  }
}

/** Writes a model under another name, whole or not at all; its weights follow. */
function copyModel(from: string, to: string): void {
  const file = openModel(from);
  try {
    saveModel(file.model, to);
  } finally {
    file.close();
  }
}

/** The report of a model: beside it, under its name. */
export function reportPathOf(model: string): string {
  return join(dirname(model), `${basename(model, extname(model))}.report.json`);
}
