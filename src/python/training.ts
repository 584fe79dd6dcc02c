import type { Node } from 'web-tree-sitter';
import { oncePer } from '../util/oncePer';
import { classRoots } from './models';
import type { Assignment, Block, Call, Script } from './script';
import {
  argument,
  argumentsOf,
  callAt,
  callsNamed,
  callsOfMethods,
  functionAround,
  lastAssignment,
  loopsAround,
  statementOf,
  within,
} from './syntax';

/** Where a script trains by hand. */
export interface TrainingLoop {
  /** The outermost loop: over epochs where there are any. */
  readonly block: Block;
  /** The innermost loop around the step, over batches. */
  readonly inner: Block | undefined;
  /** What the outermost loop goes over. The batches of one epoch of several, where nothing in the script counts these. */
  readonly over: 'epochs' | 'only-epoch' | 'one-epoch';
  /** The call of `backward`. */
  readonly backward: Call;
  /** `loss = criterion(outputs, labels)`, where the loss is made by a call on the model's answer. */
  readonly loss?: LossStep | undefined;
  /** The variable that holds the model. */
  readonly model?: string | undefined;
}

/** The line that makes the loss. */
export interface LossStep {
  readonly assignment: Assignment;
  readonly call: Call;
  /** First argument: the model's answer. */
  readonly logits: Node;
  /** The call that makes the answer, with the model's inputs as arguments. */
  readonly forward: Call;
}

/** A `Trainer(...)` of Lightning or Transformers. */
export interface TrainerCall {
  readonly call: Call;
  readonly library: 'lightning' | 'transformers';
}

/** A function that trains is looked for in the loops that call it, through so many calls. */
const MAX_CALLERS = 3;
const TRAINER = /^(lightning\.pytorch\.Trainer|transformers\.(\w+\.)*\w*Trainer)$/;
const OPTIMIZER = /^torch\.optim\.[A-Z]\w*$/;
const SCALED_LOSS = /\.scale\(\s*(\w+)\s*\)\s*\.backward$/;

/** The training loops of a script, one for each outermost loop. */
export function findLoops(script: Script): TrainingLoop[] {
  const found = new Map<number, TrainingLoop>();
  const steps = callsOfMethods(script, ['step']);
  const optimized = optimizedModel(script);
  for (const backward of callsOfMethods(script, ['backward'])) {
    // A backward pass alone may be something else: saliency, a gradient penalty.
    if (within(steps, functionAround(backward)).length === 0) continue;
    for (const block of outermostLoops(script, backward, MAX_CALLERS)) {
      if (!found.has(block.start)) found.set(block.start, describe(script, block, backward, optimized));
    }
  }
  return [...found.values()].sort((a, b) => a.block.start - b.block.start);
}

/** The trainers of a script, those of its own classes that extend one among them. */
export function findTrainers(script: Script): TrainerCall[] {
  const libraryOf = (name: string): TrainerCall['library'] | undefined =>
    TRAINER.test(name) ? (name.startsWith('transformers.') ? 'transformers' : 'lightning') : undefined;
  const bases = classRoots(script);
  return callsNamed(script, (name) => TRAINER.test(name) || bases.has(name)).flatMap((call): TrainerCall[] => {
    const [library] = [call.name, ...(bases.get(call.name) ?? [])].flatMap((name) => libraryOf(name) ?? []);
    return library === undefined ? [] : [{ call, library }];
  });
}

/** The lines that make an optimiser, `torch.optim.Adam(model.parameters())`. */
export const findOptimizers = oncePer((script: Script): Call[] => callsNamed(script, (name) => OPTIMIZER.test(name)));

/** The outermost loops around a call in its function, or of the functions that call that one. */
function outermostLoops(script: Script, call: Call, callers: number): Block[] {
  const home = functionAround(call);
  if (home !== undefined && callers > 0) {
    const outer = callsOfFunction(script, home).flatMap((caller) => outermostLoops(script, caller, callers - 1));
    if (outer.length > 0) return outer;
  }
  return loopsAround(call).slice(-1);
}

function describe(script: Script, block: Block, backward: Call, optimized: string | undefined): TrainingLoop {
  const loss = lossStep(script, backward);
  const [inner] = loopsAround(backward);
  return {
    block,
    inner,
    over: overOf(script, block, inner),
    backward,
    loss,
    model: loss?.forward.written ?? optimized,
  };
}

/**
 * A lone loop that does not count goes over batches. Where its function is given the optimiser and is called from
 * elsewhere, it is called once an epoch.
 */
function overOf(script: Script, block: Block, inner: Block | undefined): TrainingLoop['over'] {
  if (inner?.start !== block.start || isCounted(block)) return 'epochs';
  const home = functionAround(block);
  const isWhole = home === undefined || optimizerBefore(script, block) !== undefined;
  return isWhole || callsOfFunction(script, home).length > 0 ? 'only-epoch' : 'one-epoch';
}

/** `for epoch in range(epochs)`, in a progress bar or not, and `while epoch < epochs`. */
function isCounted({ node }: Block): boolean {
  const counter = node.childForFieldName('left') ?? node.childForFieldName('condition');
  return /epoch/i.test(counter?.text ?? '') || /\brange\(/.test(node.childForFieldName('right')?.text ?? '');
}

/** The calls of a function of the script from outside of it. */
function callsOfFunction(script: Script, { name, start }: Block): Call[] {
  return callsOfMethods(script, [name]).filter(
    ({ written, receiver, scope }) => (written === name || receiver === 'self') && scope !== start,
  );
}

/** What `loss` of `loss.backward()` was made by. */
function lossStep(script: Script, backward: Call): LossStep | undefined {
  const name = lossName(script, backward);
  const assignment = name === undefined ? undefined : lastAssignment(script, name, backward.start, backward.scope);
  const call = callAt(script, assignment?.value);
  if (assignment === undefined || call === undefined) return undefined;
  const logits = argumentsOf(call.node)[0]?.value;
  if (logits === undefined) return undefined;
  const made =
    logits.type === 'identifier' ? lastAssignment(script, logits.text, call.start, call.scope)?.value : logits;
  const forward = callAt(script, made);
  if (forward === undefined || forward.written === '' || argumentsOf(forward.node).length === 0) return undefined;
  return { assignment, call, logits, forward };
}

/** The call that says which loss it is: what made the `criterion` of `criterion(outputs, labels)`, else the call itself. */
export function lossMaker(script: Script, call: Call): Call {
  return callAt(script, lastAssignment(script, call.written, call.start, call.scope)?.value) ?? call;
}

/** The variable of `loss.backward()`, `scaler.scale(loss).backward()` or `accelerator.backward(loss)`. */
function lossName({ source }: Script, { node, receiver, written }: Call): string | undefined {
  const [first] = argumentsOf(node);
  if (first?.keyword === undefined && first?.value.type === 'identifier') return first.value.text;
  if (written !== '') return receiver;
  const callee = node.childForFieldName('function');
  return callee === null ? undefined : SCALED_LOSS.exec(source.slice(callee.startIndex, callee.endIndex))?.[1];
}

/** The model whose parameters the first optimiser changes. */
export function optimizedModel(script: Script): string | undefined {
  for (const optimizer of findOptimizers(script)) {
    const parameters = callAt(script, argument(optimizer.node, 'params', 0));
    if (parameters?.method === 'parameters' && parameters.receiver !== '') return parameters.receiver;
  }
  return undefined;
}

/** The statement that makes the optimiser of the function that a loop is in, where that is before the loop. */
export function optimizerBefore(script: Script, block: Block): Node | undefined {
  const optimizer = findOptimizers(script).find(({ start, scope }) => start < block.start && scope === block.scope);
  return optimizer && statementOf(optimizer.node);
}
