import { addImport, appendArgument, appendElement, type ScriptEdit } from '../edits';
import { wholeFix } from '../finding';
import type { Call, Script } from '../script';
import { argument, argumentsOf, functionAround, within } from '../syntax';
import { findLoops, findTrainers, optimizedModel, type TrainerCall, type TrainingLoop } from '../training';

/** A file that an insertion needs beside the script. */
export interface HelperFile {
  readonly name: string;
  readonly text: string;
}

/** Code that is put into a script, as one change. */
export interface Insertion {
  readonly edits: readonly ScriptEdit[];
  readonly helper?: HelperFile;
}

/** Where code is put: a loop, or a trainer that has the loop in it. */
export type InsertionTarget =
  { readonly kind: 'loop'; readonly loop: TrainingLoop } | { readonly kind: 'trainer'; readonly trainer: TrainerCall };

/** The loop or trainer of a line (from 0); without a line that has one, the first of the script. */
export function insertionTarget(script: Script, line: number | undefined): InsertionTarget | undefined {
  const loops = findLoops(script).map(
    (loop) => ({ kind: 'loop', loop, row: loop.block.node.startPosition.row }) as const,
  );
  const trainers = findTrainers(script).map(
    (trainer) => ({ kind: 'trainer', trainer, row: trainer.call.node.startPosition.row }) as const,
  );
  const all = [...loops, ...trainers];
  return all.find(({ row }) => row === line) ?? (line === undefined ? all[0] : undefined);
}

/** What the model is called where the loop is: a function that trains has its own name for it. */
export function modelAtLoop(script: Script, { block, backward, model }: TrainingLoop): string | undefined {
  if (model === undefined || backward.scope === block.scope || model.startsWith('self.')) return model;
  const trains = functionAround(backward);
  const call = within(script.calls, block).find(({ written }) => written === trains?.name);
  const parameters = trains?.node.childForFieldName('parameters')?.namedChildren ?? [];
  const place = parameters.findIndex((node) => /^\w+/.exec(node?.text ?? '')?.[0] === model);
  if (call === undefined || place < 0) return optimizedModel(script) ?? model;
  const given = argumentsOf(call.node);
  const named = given.find(({ keyword }) => keyword === model);
  return (named ?? given.filter(({ keyword }) => keyword === undefined)[place])?.value.text ?? model;
}

/** The data loader of the innermost loop, without `enumerate` and `tqdm` around it. */
export function loaderOf({ inner, block }: TrainingLoop): string | undefined {
  if (inner === undefined || inner.scope !== block.scope) return undefined;
  const text = inner.node.childForFieldName('right')?.text ?? '';
  return /^(?:(?:enumerate|tqdm|tqdm\.tqdm)\()*([\p{L}_][\p{L}\p{N}_.]*)(?:[,)].*)?$/u.exec(text)?.[1];
}

/** Adds a callback to a trainer, with its line of import; nothing where its callbacks are no list in the call. */
export function addCallback(script: Script, { node }: Call, callback: string, importLine: string): ScriptEdit[] {
  const given = argument(node, 'callbacks');
  if (given !== undefined && given.type !== 'list') return [];
  const edit = given === undefined ? appendArgument(node, `callbacks=[${callback}]`) : appendElement(given, callback);
  return wholeFix([...addImport(script, importLine), edit]);
}

/** The package of Lightning under the name that a script uses. */
export function lightningPackage({ imports }: Script): string {
  return imports.packages.has('pytorch_lightning') ? 'pytorch_lightning' : 'lightning.pytorch';
}
