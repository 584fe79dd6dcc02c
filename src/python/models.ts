import { resolveName } from './names';
import type { Block, Script } from './script';
import { argumentsOf, within } from './syntax';

/** A class that is a PyTorch model. */
export interface ModelClass {
  readonly block: Block;
  readonly name: string;
  readonly isLightning: boolean;
  /** True when other models of the script are built of it. */
  readonly isPart: boolean;
}

const MODULE_BASES = ['torch.nn.Module', 'torch.nn.Sequential', 'lightning.pytorch.LightningModule'];
/** Classes of these packages are models when a script extends them. */
const MODEL_PACKAGES = /^(torchvision\.models|timm|transformers\.(.*\.)?\w*(PreTrainedModel|For[A-Z]\w*|Model)$)/;
/** Modules that are no models: they take the model's answer, not its input. */
const LOSS_NAME = /(Loss|Criterion)$/;

/** The model classes of a script that have a `forward`, their own or an inherited one. */
export function findModels(script: Script): ModelClass[] {
  const family = familyOf(script);
  const models = script.classes.filter((block) => !LOSS_NAME.test(block.name) && isModel(block, family));
  const parts = partNames(models, script);
  return models
    .filter((block) => hasForward(block, family, script, 0))
    .map((block) => ({
      block,
      name: block.name,
      isLightning: rootsOf(block, family, 0).includes('lightning.pytorch.LightningModule'),
      isPart: parts.has(block.name),
    }));
}

/** The bases that are no classes of the script itself, of each of its classes by its name. */
export function classRoots(script: Script): ReadonlyMap<string, readonly string[]> {
  const family = familyOf(script);
  return new Map(script.classes.map((block) => [block.name, rootsOf(block, family, 0)]));
}

/** A method that a class defines itself. */
export function methodOf(block: Block, name: string, { functions }: Script): Block | undefined {
  return within(functions, block).find((entry) => entry.name === name && ownerOf(entry) === block);
}

/** The class or function that a function is defined in, in a loop or not. */
function ownerOf({ around }: Block): Block | undefined {
  let owner = around;
  while (owner?.kind === 'loop') owner = owner.around;
  return owner;
}

/** The classes of a script, and their bases by their full names. */
interface Family {
  readonly byName: ReadonlyMap<string, Block>;
  readonly bases: ReadonlyMap<Block, readonly string[]>;
}

function familyOf(script: Script): Family {
  return {
    byName: new Map(script.classes.map((block) => [block.name, block])),
    bases: new Map(script.classes.map((block) => [block, basesOf(block, script)])),
  };
}

/** The bases of a class by their full names. */
function basesOf({ node }: Block, { imports }: Script): string[] {
  const list = node.childForFieldName('superclasses');
  if (list === null) return [];
  return list.namedChildren.flatMap((child) =>
    child?.type === 'identifier' || child?.type === 'attribute' ? [resolveName(child.text, imports)] : [],
  );
}

/** Every base that is no class of the script itself. */
function rootsOf(block: Block, family: Family, depth: number): string[] {
  if (depth > family.byName.size) return [];
  return (family.bases.get(block) ?? []).flatMap((base) => {
    const own = family.byName.get(base);
    return own === undefined ? [base] : rootsOf(own, family, depth + 1);
  });
}

function isModel(block: Block, family: Family): boolean {
  return rootsOf(block, family, 0).some((root) => MODULE_BASES.includes(root) || MODEL_PACKAGES.test(root));
}

/** `nn.Module` and `LightningModule` leave `forward` to their heirs; other bases bring one. */
function hasForward(block: Block, family: Family, script: Script, depth: number): boolean {
  if (depth > family.byName.size) return false;
  if (methodOf(block, 'forward', script) !== undefined) return true;
  return (family.bases.get(block) ?? []).some((base) => {
    const own = family.byName.get(base);
    if (own !== undefined) return hasForward(own, family, script, depth + 1);
    return base === 'torch.nn.Sequential' || MODEL_PACKAGES.test(base);
  });
}

/** The models that the body of another one uses, or that a call passes where another one is built. */
function partNames(models: readonly Block[], script: Script): Set<string> {
  const names = new Set(models.map(({ name }) => name));
  const parts = new Set<string>();
  for (const { node, name, end } of models) {
    // What stands before the body are its bases; its own body may name it: `super(Net, self)`.
    const from = node.childForFieldName('body')?.startIndex ?? end;
    for (const { 0: word, index } of script.source.slice(from, end).matchAll(WORD)) {
      if (word === name || !names.has(word) || parts.has(word)) continue;
      // Texts and comments use no class.
      const start = from + index;
      if (script.root.descendantForIndex(start, start + word.length)?.type === 'identifier') parts.add(word);
    }
  }
  for (const call of [...names].flatMap((name) => script.callsByMethod.get(name) ?? [])) {
    if (!names.has(call.written)) continue;
    for (const { value } of argumentsOf(call.node)) {
      if (value.type === 'identifier' && value.text !== call.written && names.has(value.text)) parts.add(value.text);
    }
  }
  return parts;
}

/** Names of Python, letters of other scripts included. */
const WORD = /[\w\u0080-\uffff]+/g;

/**
 * The parameters of a method that a model defines itself, without those that have a default, without `self`, `*args`
 * and what follows them; none where the method is inherited.
 */
export function requiredParameters({ block }: ModelClass, name: string, script: Script): string[] {
  const method = methodOf(block, name, script);
  const found: string[] = [];
  for (const child of method?.node.childForFieldName('parameters')?.namedChildren ?? []) {
    if (child === null) continue;
    if (child.type === 'list_splat_pattern' || child.type === 'keyword_separator') break;
    if (child.type === 'identifier') found.push(child.text);
    else if (child.type === 'typed_parameter' && child.firstNamedChild?.type === 'identifier') {
      found.push(child.firstNamedChild.text);
    }
  }
  return found.slice(1);
}
