import type { Node } from 'web-tree-sitter';
import type { Block, Call, Script } from './script';
import { argumentsOf, callAt, callsOfMethods, within } from './syntax';

/**
 * The mode of a model at a place of a script: `made` is a new module, which PyTorch leaves in train mode; undefined
 * where the script does not tell.
 */
export type Mode = 'train' | 'eval' | 'made' | undefined;

interface ModeEvent {
  readonly at: number;
  readonly mode: Mode;
}

/** The mode that the variable `name` is in at `at`, by what the function that starts at `scope` does before. */
export function modeOf(script: Script, name: string, at: number, scope: number): Mode {
  const events: ModeEvent[] = [];
  for (const call of script.callsByScope.get(scope) ?? []) {
    if (call.start >= at) break;
    const mode = call.receiver === name ? methodMode(call) : calledMode(script, call, name);
    if (mode !== undefined) events.push({ at: call.node.endIndex, mode });
  }
  for (const assignment of script.assignmentsByTarget.get(name) ?? []) {
    if (assignment.scope !== scope || assignment.end > at) continue;
    const mode = valueMode(script, assignment.value);
    if (mode !== undefined) events.push({ at: assignment.end, mode });
  }
  // The call ends before the assignment that it is the value of, or with it.
  events.sort((a, b) => a.at - b.at);
  return events.at(-1)?.mode;
}

/** True when a script never puts any model into eval mode. */
export function neverEvaluates(script: Script): boolean {
  return !callsOfMethods(script, ['eval', 'train']).some((call) => methodMode(call) === 'eval');
}

/** What `x.eval()` and `x.train()` do. */
function methodMode({ method, node }: Call): Mode {
  if (method === 'eval') return 'eval';
  if (method !== 'train') return undefined;
  const [first, ...others] = argumentsOf(node);
  // `trainer.train(...)` and `train(model, data)` are something else.
  if (others.length > 0) return undefined;
  if (first === undefined || first.value.type === 'true') return 'train';
  return first.value.type === 'false' ? 'eval' : undefined;
}

/** A function of the script that is given the model: the last mode that it sets. */
function calledMode(script: Script, call: Call, name: string): Mode {
  const called = script.functionsByName.get(call.written);
  if (called === undefined) return undefined;
  if (!argumentsOf(call.node).some(({ value }) => value.type === 'identifier' && value.text === name)) return undefined;
  return lastModeIn(script, called);
}

function lastModeIn(script: Script, block: Block): Mode {
  return within(script.calls, block)
    .map(methodMode)
    .filter((mode) => mode !== undefined)
    .at(-1);
}

/** What a model is in that an expression makes: `Net()`, `Net().to(device).eval()`. */
function valueMode(script: Script, value: Node): Mode {
  let node: Node | null = value;
  while (node?.type === 'call') {
    const call = callAt(script, node);
    if (call === undefined) return undefined;
    const mode = methodMode(call);
    if (mode !== undefined) return mode;
    if (call.method === 'from_pretrained') return 'eval';
    const called = script.functionsByName.get(call.written);
    if (called !== undefined) return lastModeIn(script, called) ?? 'made';
    if (script.classes.some((block) => block.name === call.written)) return 'made';
    if (/^(torch\.nn|torchvision\.models|timm)\./.test(call.name)) return 'made';
    const callee: Node | null = node.childForFieldName('function');
    // `.to(device)` and the like hand on what they are called on.
    node = callee?.type === 'attribute' ? callee.childForFieldName('object') : null;
  }
  return undefined;
}
