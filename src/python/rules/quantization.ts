import { addImport, insertBefore, type ScriptEdit } from '../edits';
import { type Finding, type RuleInput, wholeFix } from '../finding';
import { fusableModules } from '../fusableModules';
import { isHandedOn, isUsedIn, NOT_RUNNING, SETTING } from '../handedOn';
import { modeOf, neverEvaluates } from '../modes';
import type { Call, Script } from '../script';
import { spanOf } from '../span';
import {
  argument,
  argumentsOf,
  assignmentOf,
  callsNamed,
  callsOfMethods,
  functionAround,
  lastAssignment,
  statementOf,
  within,
} from '../syntax';

const OLD_MODULE = 'torch.quantization';
const NEW_MODULE = 'torch.ao.quantization';
/** Functions of eager mode, FX graph mode and PT2E, wherever they live. */
const QUANTIZATION = /^(torch\.ao\.quantization|torchao\.quantization)\./;
const PREPARE = ['prepare', 'prepare_fx', 'prepare_pt2e'];
const PREPARE_TRAINING = ['prepare_qat', 'prepare_qat_fx', 'prepare_qat_pt2e'];
const CONVERT = ['convert', 'convert_fx', 'convert_pt2e', 'convert_to_reference_fx'];
/** Eager mode quantizes what it is told to, so it does not fuse by itself. */
const EAGER = ['prepare', 'prepare_qat'];
const FUSE = ['fuse_modules', 'fuse_modules_qat', 'fuse_model', 'fuse_fx'];
/** Exported programs have no mode that `eval()` could change. */
const WITH_MODE = [...PREPARE, ...CONVERT, 'quantize_dynamic'].filter((name) => !name.endsWith('pt2e'));

/** The calls of functions of quantization that have one of these names, in the order of the text. */
function quantizations(script: Script, methods: readonly string[]): Call[] {
  return callsOfMethods(script, methods).filter(({ name }) => QUANTIZATION.test(name));
}

/** `torch.quantization` has moved to `torch.ao.quantization`, and new PyTorch no longer has the old name. */
export function deprecatedQuantization({ script }: RuleInput): Finding[] {
  const { source, root } = script;
  const found: Finding[] = [];
  for (let at = source.indexOf(OLD_MODULE); at >= 0; at = source.indexOf(OLD_MODULE, at + 1)) {
    if (/[\w.]/.test(source[at - 1] ?? '') || /\w/.test(source[at + OLD_MODULE.length] ?? '')) continue;
    const node = root.descendantForIndex(at, at + OLD_MODULE.length);
    // Texts and comments may speak of it.
    if (node?.type !== 'attribute' && node?.type !== 'dotted_name') continue;
    const start = { line: node.startPosition.row, column: node.startPosition.column };
    const span = { start, end: { line: start.line, column: start.column + OLD_MODULE.length } };
    found.push({ rule: 'deprecated-quantization', span, subject: OLD_MODULE, fix: [{ span, text: NEW_MODULE }] });
  }
  for (const statement of script.imports.statements) {
    const module = statement.childForFieldName('module_name');
    const name = statement.childrenForFieldName('name').find((child) => /^quantization\b/.test(child.text));
    if (module?.text !== 'torch' || name === undefined) continue;
    const isAlone = statement.childrenForFieldName('name').length === 1;
    const fix = isAlone ? [{ span: spanOf(module), text: 'torch.ao' }] : [];
    found.push({ rule: 'deprecated-quantization', span: spanOf(name), subject: OLD_MODULE, fix });
  }
  return found;
}

/** Observers that have seen nothing give scales that mean nothing. */
export function convertWithoutCalibration({ script }: RuleInput): Finding[] {
  const prepares = quantizations(script, [...PREPARE, ...PREPARE_TRAINING]);
  return quantizations(script, CONVERT).flatMap((convert): Finding[] => {
    const model = argument(convert.node, 'module', 0) ?? argument(convert.node, 'model', 0);
    if (model?.type !== 'identifier') return [];
    const prepare = prepares.findLast(
      (call) => call.start < convert.start && call.scope === convert.scope && preparedName(script, call) === model.text,
    );
    if (prepare === undefined || isRunBetween(script, model.text, prepare, convert)) return [];
    const fix = PREPARE_TRAINING.includes(prepare.method)
      ? []
      : wholeFix([insertBefore(statementOf(convert.node), calibration(script, model.text), script)]);
    return [{ rule: 'convert-without-calibration', span: spanOf(convert.node), subject: model.text, fix }];
  });
}

/** The variable that holds a prepared model: what the call is assigned to, else its argument where it works in place. */
function preparedName(script: Script, call: Call): string | undefined {
  return assignmentOf(script, call)?.target ?? argument(call.node, 'model', 0)?.text;
}

/** True where a prepared model may have run before it is converted. */
function isRunBetween(script: Script, name: string, prepare: Call, convert: Call): boolean {
  const since = { start: prepare.node.endIndex + 1, end: convert.start };
  if (within(script.calls, since).some((call) => mayRun(call, name))) return true;
  // What holds a model that is prepared in place holds the prepared one, and may have had it before.
  const isInPlace = assignmentOf(script, prepare) === undefined;
  const from = isInPlace ? (functionAround(prepare)?.start ?? 0) : since.start;
  return isHandedOn(script, name, { start: from, end: since.end });
}

/** True for a call of a model, by itself or by a method, and for a call of what may call it. */
function mayRun({ written, receiver, method, node }: Call, name: string): boolean {
  return (
    written === name ||
    (receiver === name && !SETTING.includes(method)) ||
    (!NOT_RUNNING.test(method) && argumentsOf(node).some(({ value }) => isUsedIn(value, name)))
  );
}

function calibration(script: Script, model: string): string[] {
  const loader = callsNamed(script, (name) => name === 'torch.utils.data.DataLoader')
    .map((call) => assignmentOf(script, call))
    .find((assignment) => assignment !== undefined);
  return [
    'with torch.no_grad():',
    `${script.indent}for inputs, *_ in ${loader?.target ?? 'calibration_loader'}:  # some hundred samples`,
    `${script.indent}${script.indent}${model}(inputs)`,
  ];
}

/** Convolution, batch normalization and ReLU that are not fused are quantized one by one: slower and less exact. */
export function missingFuse({ script, models }: RuleInput): Finding[] {
  if (FUSE.some((method) => script.callsByMethod.has(method))) return [];
  return quantizations(script, EAGER).flatMap((call): Finding[] => {
    const model = argument(call.node, 'model', 0);
    if (model?.type !== 'identifier') return [];
    const made = lastAssignment(script, model.text, call.start, call.scope)?.value.text ?? '';
    const found = models.find(({ name }) => made.startsWith(`${name}(`));
    const groups = found === undefined ? [] : fusableModules(script, found);
    if (groups.length === 0) return [];
    const list = groups.map((group) => `[${group.map((name) => `"${name}"`).join(', ')}]`).join(', ');
    const fuse = call.method === 'prepare_qat' ? 'fuse_modules_qat' : 'fuse_modules';
    const line = `${model.text} = ${NEW_MODULE}.${fuse}(${model.text}, [${list}])`;
    const edits = [insertBefore(statementOf(call.node), [line], script), ...torchImport(script)];
    return [{ rule: 'missing-fuse', span: spanOf(call.node), subject: model.text, fix: wholeFix(edits) }];
  });
}

/** In train mode batch normalization and dropout change while the model is calibrated or converted. */
export function quantizeInTrainMode({ script }: RuleInput): Finding[] {
  return quantizations(script, WITH_MODE).flatMap((call): Finding[] => {
    const model = argument(call.node, 'model', 0) ?? argument(call.node, 'module', 0);
    if (model?.type !== 'identifier') return [];
    const mode = modeOf(script, model.text, call.start, call.scope);
    if (mode === 'eval' || (mode === undefined && !neverEvaluates(script))) return [];
    const fix = wholeFix([insertBefore(statementOf(call.node), [`${model.text}.eval()`], script)]);
    return [{ rule: 'quantize-in-train-mode', span: spanOf(call.node), subject: model.text, fix }];
  });
}

function torchImport(script: Script): ScriptEdit[] {
  return script.imports.names.get('torch') === 'torch' ? [] : addImport(script, 'import torch');
}
