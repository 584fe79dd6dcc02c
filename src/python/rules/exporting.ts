import { appendArgument, insertBefore, replace, type ScriptEdit } from '../edits';
import type { ExportCall } from '../exports';
import { type Finding, type RuleInput, wholeFix } from '../finding';
import { modeOf, neverEvaluates } from '../modes';
import type { Script } from '../script';
import { spanOf } from '../span';
import { argument, callAt, hasUnpacking, integerValue, lastAssignment, statementOf, stringValue } from '../syntax';

/** Per-channel quantization needs opset 13 (ONNX DequantizeLinear-13). */
const OLDEST_OPSET = 13;
/** What PyTorch 1.13 can write at most, and every later release as well. */
const OFFERED_OPSET = 17;
/** The lowest that the exporter on `torch.export` writes by itself. */
const OFFERED_DYNAMO_OPSET = 18;
/** The value of `torch.onnx.TrainingMode`. */
const EVAL_MODE = /\bTrainingMode\.EVAL$/;

/** Dropout and batch normalization of train mode do not belong into a model that is deployed. */
export function exportInTrainMode({ script, exports }: RuleInput): Finding[] {
  return exports.flatMap(({ call, model, isTorch }): Finding[] => {
    // The exporter puts the model into the mode that it is told.
    if (!isTorch || model === undefined || EVAL_MODE.test(argument(call.node, 'training')?.text ?? '')) return [];
    const finding = { rule: 'export-in-train-mode', span: spanOf(call.node), subject: model.text } as const;
    if (model.type === 'call') {
      const made = callAt(script, model);
      const isNew = script.classes.some(({ name }) => name === made?.written);
      return isNew ? [{ ...finding, fix: [replace(model, `${model.text}.eval()`)] }] : [];
    }
    if (model.type !== 'identifier' && model.type !== 'attribute') return [];
    const mode = modeOf(script, model.text, call.start, call.scope);
    if (mode === 'eval' || (mode === undefined && !neverEvaluates(script))) return [];
    return [{ ...finding, fix: wholeFix([insertBefore(statementOf(call.node), [`${model.text}.eval()`], script)]) }];
  });
}

/** Without dynamic axes the file takes the batch size of the example and no other. */
export function exportFixedBatch({ script, exports }: RuleInput): Finding[] {
  return exports.flatMap((found): Finding[] => {
    const { call, isTorch } = found;
    if (!isTorch || hasUnpacking(call.node)) return [];
    const given = ['dynamic_axes', 'dynamic_shapes'].map((name) => argument(call.node, name));
    if (given.some((value) => value !== undefined && value.type !== 'none')) return [];
    const fix = wholeFix(given.some((value) => value !== undefined) ? [undefined] : dynamicBatch(script, found));
    return [{ rule: 'export-fixed-batch', span: spanOf(call.node), subject: call.written, fix }];
  });
}

function dynamicBatch(script: Script, { call, isDynamo }: ExportCall): (ScriptEdit | undefined)[] {
  const count = inputCount(script, call);
  if (count === undefined) return [undefined];
  if (isDynamo) {
    // Dimensions of one name are one dimension.
    const shapes = Array.from({ length: count }, () => '{0: torch.export.Dim("batch")}').join(', ');
    return [appendArgument(call.node, `dynamic_shapes=(${shapes}${count === 1 ? ',' : ''})`)];
  }
  const made = Array.from({ length: count }, (_, i) => (count === 1 ? 'input' : `input${i + 1}`));
  const inputs = nameList(call, 'input_names', made);
  const outputs = nameList(call, 'output_names', ['output']);
  if (inputs === undefined || outputs === undefined || inputs.names.length < count) return [undefined];
  const axes = [...inputs.names, ...outputs.names].map((name) => `"${name}": {0: "batch"}`).join(', ');
  const added = [inputs.added, outputs.added].filter((text) => text !== undefined);
  return [appendArgument(call.node, [...added, `dynamic_axes={${axes}}`].join(', '))];
}

/** How many tensors the example has; undefined where that is not written in the script. */
function inputCount(script: Script, call: ExportCall['call']): number | undefined {
  const given = argument(call.node, 'args', 1);
  const value =
    given?.type === 'identifier' ? (lastAssignment(script, given.text, call.start, call.scope)?.value ?? given) : given;
  if (value === undefined || value.type === 'dictionary') return undefined;
  if (value.type !== 'tuple') return 1;
  const items = value.namedChildren.filter((child) => child !== null && child.type !== 'comment');
  return items.some((item) => item?.type === 'list_splat' || item?.type === 'dictionary') ? undefined : items.length;
}

/** The names that an export gives, or those made up with the argument that gives them; undefined where they are computed. */
function nameList(
  { node }: ExportCall['call'],
  keyword: string,
  made: readonly string[],
): { readonly names: string[]; readonly added?: string } | undefined {
  const given = argument(node, keyword);
  if (given === undefined) {
    return { names: [...made], added: `${keyword}=[${made.map((name) => `"${name}"`).join(', ')}]` };
  }
  if (given.type !== 'list' && given.type !== 'tuple') return undefined;
  const names = given.namedChildren.map((child) => stringValue(child ?? undefined));
  return names.every((name) => name !== undefined) ? { names } : undefined;
}

/** Older opsets cannot express what quantization needs. */
export function exportOldOpset({ exports }: RuleInput): Finding[] {
  return exports.flatMap(({ call, isDynamo }): Finding[] => {
    const opset = argument(call.node, 'opset_version');
    const version = integerValue(opset);
    if (opset === undefined || version === undefined || version >= OLDEST_OPSET) return [];
    const edit = replace(opset, String(isDynamo ? OFFERED_DYNAMO_OPSET : OFFERED_OPSET));
    return [{ rule: 'export-old-opset', span: spanOf(opset), subject: String(version), fix: [edit] }];
  });
}
