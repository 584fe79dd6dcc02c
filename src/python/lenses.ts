import type { Node } from 'web-tree-sitter';
import type { ExportCall } from './exports';
import type { ModelClass } from './models';
import type { Call, Script } from './script';
import { pointAt, type Span, spanOf } from './span';
import { distillation } from './snippets/distillation';
import type { InsertionTarget } from './snippets/insertion';
import { pruningSchedule } from './snippets/pruning';
import { quantizationAware } from './snippets/quantizationAware';
import { lastAssignment, statementOf } from './syntax';
import { findOptimizers, lossMaker, type TrainerCall, type TrainingLoop } from './training';

/** What a lens offers; the host gives it its words and its command. */
export type LensAction =
  | 'exportAndOpen'
  | 'exportAndQuantize'
  | 'fineTuneInstead'
  | 'openGraph'
  | 'quantize'
  | 'compareLastRun'
  | 'addPruning'
  | 'addDistillation'
  | 'makeQuantizationAware';

/** A lens above a line of a script. */
export interface ScriptLens {
  readonly action: LensAction;
  readonly span: Span;
  /** Of the actions on a model class, and of training it here instead: its name. */
  readonly className?: string;
  /** Of the actions on an exported file, and of training it here: the path as the script writes it, where it can be read. */
  readonly path?: string;
}

/** What the lenses are made of. */
export interface LensSubjects {
  readonly script: Script;
  readonly models: readonly ModelClass[];
  readonly exports: readonly ExportCall[];
  readonly loops: readonly TrainingLoop[];
  readonly trainers: readonly TrainerCall[];
}

/** What ONNX Press trains with: the losses of its training, and its optimisers. */
const OWN_LOSS =
  /^torch\.nn\.(CrossEntropyLoss|BCEWithLogitsLoss|MSELoss|L1Loss|functional\.(cross_entropy|binary_cross_entropy_with_logits|mse_loss|l1_loss))$/;
const OWN_OPTIMIZER = /^torch\.optim\.(SGD|Adam|AdamW)$/;

/** The lenses of a script from top to bottom. */
export function findLenses(subjects: LensSubjects): ScriptLens[] {
  const { models, exports, loops, trainers } = subjects;
  const optimizers = findOptimizers(subjects.script);
  return [
    ...models.filter(({ isPart }) => !isPart).flatMap(modelLenses),
    ...exports.flatMap(exportLenses),
    ...loops.flatMap((loop) => insertionLenses(subjects.script, { kind: 'loop', loop })),
    ...loops.flatMap((loop) => fineTuneLens(subjects, loop, optimizers)),
    ...trainers.flatMap((trainer) => insertionLenses(subjects.script, { kind: 'trainer', trainer })),
  ].sort((a, b) => a.span.start.line - b.span.start.line);
}

function modelLenses({ block, name }: ModelClass): ScriptLens[] {
  const span = spanOf(block.node.childForFieldName('name') ?? block.node);
  return (['exportAndOpen', 'exportAndQuantize'] as const).map((action) => ({ action, span, className: name }));
}

function exportLenses({ call, path }: ExportCall): ScriptLens[] {
  const span = calleeSpan(call);
  return (['openGraph', 'quantize', 'compareLastRun'] as const).map((action) => ({
    action,
    span,
    ...(path === undefined ? {} : { path }),
  }));
}

/** What the code of a target can be extended by: a lens is there where its answer would be code. */
function insertionLenses(script: Script, target: InsertionTarget): ScriptLens[] {
  const span = target.kind === 'loop' ? pointOf(target.loop.block.node) : calleeSpan(target.trainer.call);
  const insertions = [
    ['addPruning', pruningSchedule(script, target)],
    ['addDistillation', distillation(script, target)],
    ['makeQuantizationAware', quantizationAware(script, target, 'torch.ao')],
  ] as const;
  return insertions.flatMap(([action, insertion]) => (insertion === undefined ? [] : [{ action, span }]));
}

function pointOf({ startPosition: { row, column } }: Node): Span {
  return pointAt({ line: row, column });
}

/**
 * Above the optimiser of a loop, else its loss: the same training in ONNX Press, where it has that loss and that
 * optimiser, trains one model, and knows which file or class to take.
 */
function fineTuneLens(
  { script, models, exports }: LensSubjects,
  { block, loss, model }: TrainingLoop,
  optimizers: readonly Call[],
): ScriptLens[] {
  if (loss === undefined || model === undefined || !OWN_LOSS.test(lossMaker(script, loss.call).name)) return [];
  const near = optimizers.filter(({ scope, start }) => scope === block.scope && start < block.start);
  const [optimizer, ...others] = near.length > 0 ? near : optimizers;
  if (others.length > 0 || (optimizer !== undefined && !OWN_OPTIMIZER.test(optimizer.name))) return [];
  const made = lastAssignment(script, model, block.start, block.scope)?.value;
  const written = made === undefined ? '' : script.source.slice(made.startIndex, made.endIndex);
  const constructed = written.slice(0, Math.max(0, written.indexOf('(')));
  const className = models.find(({ name }) => name === constructed)?.name ?? onlyModel(models)?.name;
  const [only, ...more] = exports;
  const path = (exports.find((each) => each.model?.text === model) ?? (more.length === 0 ? only : undefined))?.path;
  if (className === undefined && path === undefined) return [];
  return [
    {
      action: 'fineTuneInstead',
      span: spanOf(optimizer === undefined || near.length === 0 ? loss.assignment.node : statementOf(optimizer.node)),
      ...(className === undefined ? {} : { className }),
      ...(path === undefined ? {} : { path }),
    },
  ];
}

/** The one model of a script that is no part of another. */
function onlyModel(models: readonly ModelClass[]): ModelClass | undefined {
  const own = models.filter(({ isPart }) => !isPart);
  return own.length === 1 ? own[0] : undefined;
}

function calleeSpan({ node }: Call): Span {
  return spanOf(node.childForFieldName('function') ?? node);
}
