import { basename, dirname, relative, sep } from 'node:path';
import { dataRole, dataStem } from './dataRole';
import type { DataKind, DataPlace } from './findData';

/** Data that a person can choose with one click: what calibrates and, where it is separate, what measures. */
export interface DataChoice {
  readonly calibration: string;
  readonly evaluation?: string;
  readonly kind: DataKind;
  /** True when name and place say that it belongs to this model. */
  readonly isForModel: boolean;
}

/** Kinds in the order of how much they say: a dataset file names its preprocessing, an image folder its labels. */
const KIND_ORDER: readonly DataKind[] = ['dataset', 'image-folder', 'npz', 'jsonl'];

/**
 * Makes choices of the places found, best for `model` first: calibration and evaluation data of one name in one folder
 * become one choice; a lone set stands for itself, and the pipeline splits it.
 */
export function dataChoices(model: string, places: readonly DataPlace[]): DataChoice[] {
  const groups = new Map<string, DataPlace[]>();
  for (const place of places) {
    const name = basename(place.path);
    const key = [dirname(place.path), dataStem(name), place.kind, dataRole(name) === 'unknown' ? name : ''].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()]
    .flatMap((group) => pairUp(group))
    .map((choice) => ({ ...choice, isForModel: belongsTo(choice.calibration, model) }))
    .sort((a, b) => compareChoices(a, b, model));
}

/** The one choice that needs no question: made for this model, and no other is. */
export function obviousChoice(choices: readonly DataChoice[]): DataChoice | undefined {
  const own = choices.filter((choice) => choice.isForModel && choice.kind === 'dataset');
  return own.length === 1 ? own[0] : undefined;
}

function pairUp(group: readonly DataPlace[]): Omit<DataChoice, 'isForModel'>[] {
  const byRole = (role: string): DataPlace[] =>
    group.filter((place) => dataRole(basename(place.path)) === role).sort((a, b) => compareText(a.path, b.path));
  const calibration = byRole('calibration');
  const evaluation = byRole('evaluation');
  const [first] = calibration;
  const [measure] = evaluation;
  if (first !== undefined && measure !== undefined) {
    return calibration.map(({ path, kind }) => ({ calibration: path, evaluation: measure.path, kind }));
  }
  return group.map(({ path, kind }) => ({ calibration: path, kind }));
}

function belongsTo(path: string, model: string): boolean {
  const modelWords = basename(model)
    .replace(/\.onnx$/i, '')
    .toLowerCase();
  const stem = dataStem(basename(path));
  return (
    dirname(path) === dirname(model) &&
    stem !== '' &&
    modelWords
      .split(/[^a-z0-9]+/)
      .join('-')
      .startsWith(stem)
  );
}

function compareChoices(a: DataChoice, b: DataChoice, model: string): number {
  return (
    Number(b.isForModel) - Number(a.isForModel) ||
    stepsApart(a.calibration, model) - stepsApart(b.calibration, model) ||
    Number(b.evaluation !== undefined) - Number(a.evaluation !== undefined) ||
    KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
    compareText(a.calibration, b.calibration)
  );
}

/** Folders up and down from the model's folder to where the data lies. */
function stepsApart(path: string, model: string): number {
  const way = relative(dirname(model), dirname(path));
  return way === '' ? 0 : way.split(sep).length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
