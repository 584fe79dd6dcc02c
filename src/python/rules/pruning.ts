import type { Node } from 'web-tree-sitter';
import { addImport, insertBefore } from '../edits';
import { type Finding, type RuleInput, wholeFix } from '../finding';
import type { Call, Script } from '../script';
import { spanOf } from '../span';
import { argument, callsNamed, callsOfMethods, statementOf } from '../syntax';

const PRUNE = 'torch.nn.utils.prune';
const METHOD =
  /^torch\.nn\.utils\.prune\.(identity|random_unstructured|l1_unstructured|random_structured|ln_structured|global_unstructured|custom_from_mask)$/;
/** What writes a model to disk. */
const SAVING = ['torch.save', 'torch.onnx.export'];

/** What is called on modules; optimizers and the like, which have a `state_dict` too, are told by {@link NO_MODEL}. */
const MODULE_METHODS = ['state_dict', 'eval', 'train', 'parameters', 'named_parameters', 'modules', 'named_modules'];
/** Names of what has a `state_dict` or `save_pretrained` and is no model. */
const NO_MODEL = /tokenizer|processor|config|optim|schedul|scaler|(^|\.)opt$/i;

/** Until `prune.remove` a pruned weight is two tensors, the original and its mask, and both are saved. */
export function pruneWithoutRemove(input: RuleInput): Finding[] {
  const { script, exports } = input;
  const prunes = callsNamed(script, (name) => METHOD.test(name));
  const [first] = prunes;
  if (first === undefined) return [];
  const removes = script.callsByName.get(`${PRUNE}.remove`) ?? [];
  const written = new Set(exports.map(({ call }) => call.start));
  return script.calls
    .filter((call) => call.name === 'torch.save' || call.method === 'save_pretrained' || written.has(call.start))
    .filter((save) => save.start > first.start && !isRemovedBefore(removes, save))
    .flatMap((save): Finding[] => {
      const model = savedModel(save);
      // What is exported is a model, however it is written.
      if (!written.has(save.start) && (model === undefined || !isModel(input, prunes, model))) return [];
      const edits = model === undefined ? [undefined] : removal(script, save.node, model);
      return [{ rule: 'prune-without-remove', span: spanOf(save.node), subject: save.written, fix: wholeFix(edits) }];
    });
}

/** True for a name that is pruned, made from a model class of the script, or used as a module. */
function isModel({ script, models }: RuleInput, prunes: readonly Call[], name: string): boolean {
  if (NO_MODEL.test(name)) return false;
  return (
    prunes.some(({ node }) => `${argument(node, 'module', 0)?.text}.`.startsWith(`${name}.`)) ||
    callsOfMethods(script, MODULE_METHODS).some(({ receiver }) => receiver === name) ||
    (script.assignmentsByTarget.get(name) ?? []).some(({ value }) =>
      models.some((model) => value.text.startsWith(`${model.name}(`)),
    )
  );
}

/** In the same function the order counts; what another function does, it may have done before. */
function isRemovedBefore(removes: readonly Call[], save: Call): boolean {
  return removes.some(({ start, scope }) => scope !== save.scope || start < save.start);
}

/** `model` of `torch.save(model.state_dict(), path)`, `torch.onnx.export(model, ...)`, `model.save_pretrained(...)`. */
function savedModel({ node, name, receiver }: Call): string | undefined {
  if (!SAVING.includes(name)) return receiver === '' ? undefined : receiver;
  const [first] = [argument(node, name === 'torch.save' ? 'obj' : 'model', 0)];
  const match = /^([\w.]+?)(\.state_dict\(\))?$/.exec(first?.text ?? '');
  return match?.[1];
}

function removal(script: Script, save: Node, model: string): ReturnType<typeof insertBefore>[] {
  const { indent, imports } = script;
  const alias = [...imports.names].find(([, full]) => full === PRUNE)?.[0];
  const lines = [
    `for module in ${model}.modules():`,
    `${indent}for name, _ in list(module.named_parameters(recurse=False)):`,
    `${indent}${indent}if name.endswith("_orig"):`,
    `${indent}${indent}${indent}${alias ?? 'prune'}.remove(module, name[: -len("_orig")])`,
  ];
  const edit = insertBefore(statementOf(save), lines, script);
  return alias === undefined ? [edit, ...addImport(script, 'from torch.nn.utils import prune')] : [edit];
}
