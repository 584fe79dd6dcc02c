import type { Node } from 'web-tree-sitter';
import { appendArgument, replace, type ScriptEdit } from '../edits';
import { type Finding, type RuleInput, wholeFix } from '../finding';
import { methodOf, type ModelClass } from '../models';
import type { Block, Call, Script } from '../script';
import { spanOf } from '../span';
import { argument, argumentsOf, assignmentOf, callAt, callsNamed, hasUnpacking, stringValue, within } from '../syntax';

/** Each divergence with the place of its `reduction` among positional arguments. */
const DIVERGENCES: ReadonlyMap<string, number> = new Map([
  ['torch.nn.KLDivLoss', 2],
  ['torch.nn.functional.kl_div', 4],
]);

/** `KLDivLoss()` averages over classes too, which is not the divergence; `batchmean` is. */
export function klDivBatchmean({ script }: RuleInput): Finding[] {
  return callsNamed(script, (name) => DIVERGENCES.has(name)).flatMap((call): Finding[] => {
    const place = DIVERGENCES.get(call.name);
    if (place === undefined || hasUnpacking(call.node)) return [];
    if (hasOldReduction(call.node, place)) return [];
    const reduction = argument(call.node, 'reduction', place);
    if (reduction !== undefined && stringValue(reduction) !== 'mean') return [];
    const edit =
      reduction === undefined ? appendArgument(call.node, 'reduction="batchmean"') : replace(reduction, '"batchmean"');
    return [{ rule: 'kldiv-batchmean', span: spanOf(call.node), subject: call.method, fix: wholeFix([edit]) }];
  });
}

/** True where `size_average` or `reduce`, which stand before `reduction` and go before it, says how to reduce. */
function hasOldReduction(call: Node, place: number): boolean {
  const given = [argument(call, 'size_average', place - 2), argument(call, 'reduce', place - 1)];
  return given.some((value) => value !== undefined && value.type !== 'none');
}

const CROSS_ENTROPY = ['torch.nn.CrossEntropyLoss', 'torch.nn.functional.cross_entropy'];
const SOFTMAX_MODULES = ['torch.nn.Softmax', 'torch.nn.Softmax2d'];
const SOFTMAX_FUNCTIONS = ['torch.softmax', 'torch.nn.functional.softmax'];

/** A `forward` that tells the modes apart may return logits for training and probabilities else. */
const MODE_TEST = /\bself\.training\b/;

/**
 * Cross-entropy takes logits: a softmax at the end of the model flattens its gradient. In a part of a model, as in
 * attention, it is no answer.
 */
export function softmaxBeforeCrossEntropy({ script, models }: RuleInput): Finding[] {
  if (!CROSS_ENTROPY.some((name) => script.callsByName.has(name))) return [];
  const sequences = callsNamed(script, (name) => name === 'torch.nn.Sequential');
  return models.flatMap((model) => {
    const forward = model.isPart ? undefined : methodOf(model.block, 'forward', script);
    if (forward === undefined || MODE_TEST.test(script.source.slice(forward.start, forward.end))) return [];
    return [...returnedSoftmax(script, model, forward), ...lastSoftmax(script, model, forward, sequences)];
  });
}

/** `return F.softmax(x, dim=1)`, `x.softmax(1)` or `self.softmax(x)` at the end of `forward`. */
function returnedSoftmax(script: Script, model: ModelClass, forward: Block): Finding[] {
  return within(script.returns, forward).flatMap(({ node }): Finding[] => {
    const value = node.firstNamedChild;
    const call = callAt(script, value?.type === 'identifier' ? valueBefore(node, value.text) : (value ?? undefined));
    if (call === undefined) return [];
    const input = argumentsOf(call.node)[0]?.value ?? argument(call.node, 'input');
    if (SOFTMAX_FUNCTIONS.includes(call.name)) return [softmaxFinding(call, input && replace(call.node, input.text))];
    const object = call.node.childForFieldName('function')?.childForFieldName('object');
    if (call.method === 'softmax' && call.receiver !== 'self' && object) {
      return [softmaxFinding(call, replace(call.node, object.text))];
    }
    const made = call.receiver === 'self' ? attributeValue(script, model, call.method) : undefined;
    return made !== undefined && SOFTMAX_MODULES.includes(made.name)
      ? [softmaxFinding(made, replace(made.node, made.written.replace(/\w+$/, 'Identity') + '()'))]
      : [];
  });
}

/** `nn.Softmax(...)` as the last entry of the `nn.Sequential` that `forward` returns the answer of. */
function lastSoftmax(script: Script, model: ModelClass, forward: Block, sequences: readonly Call[]): Finding[] {
  return within(sequences, model.block).flatMap((call): Finding[] => {
    const last = callAt(script, argumentsOf(call.node).at(-1)?.value);
    if (last === undefined || !SOFTMAX_MODULES.includes(last.name)) return [];
    const target = assignmentOf(script, call)?.target ?? '';
    if (!isReturned(script, forward, target)) return [];
    return [softmaxFinding(last, replace(last.node, last.written.replace(/\w+$/, 'Identity') + '()'))];
  });
}

function isReturned(script: Script, forward: Block, target: string): boolean {
  return within(script.returns, forward).some(({ node }) => {
    const value = node.firstNamedChild;
    const call = callAt(script, value?.type === 'identifier' ? valueBefore(node, value.text) : (value ?? undefined));
    return call !== undefined && target !== '' && call.written === target;
  });
}

/** `x = ...` right before `return x`. */
function valueBefore(statement: Node, name: string): Node | undefined {
  const before = statement.previousNamedSibling;
  const assignment = before?.firstNamedChild;
  if (before?.type !== 'expression_statement' || assignment?.type !== 'assignment') return undefined;
  if (assignment.childForFieldName('left')?.text !== name) return undefined;
  return assignment.childForFieldName('right') ?? undefined;
}

function attributeValue(script: Script, { block }: ModelClass, name: string): Call | undefined {
  const [assignment] = within(script.assignmentsByTarget.get(`self.${name}`) ?? [], block);
  return callAt(script, assignment?.value);
}

function softmaxFinding(call: Call, edit: ScriptEdit | undefined): Finding {
  const rule = 'softmax-before-cross-entropy';
  return { rule, span: spanOf(call.node), subject: call.method, fix: wholeFix([edit]) };
}
