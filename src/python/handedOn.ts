import type { Node } from 'web-tree-sitter';
import type { Block, Script } from './script';
import { callAt } from './syntax';

/** What takes a model without running it. */
export const NOT_RUNNING =
  /^(print|len|type|id|isinstance|deepcopy|convert\w*|prepare\w*|fuse_\w+|\w*DataParallel|summary)$/;
/** Methods of a model that only set how it runs, or where. */
export const SETTING: readonly string[] = ['eval', 'train', 'to', 'cpu', 'cuda'];
/** Classes are named like this; what is made of one may keep what it was given. */
const CLASS_NAME = /^_*[A-Z]/;

/** True where an expression reads a variable; `other.name` is none. */
export function isUsedIn(expression: Node, name: string): boolean {
  return expression.descendantsOfType('identifier').some((node) => node?.text === name && isVariable(node));
}

/**
 * True where a variable is put into another variable, an attribute, a collection or an object within a range: what
 * holds it may run it, and the script does not tell.
 */
export function isHandedOn(script: Script, name: string, { start, end }: Pick<Block, 'start' | 'end'>): boolean {
  for (const { index } of script.source.slice(start, end).matchAll(new RegExp(`(?<!\\w)${name}(?!\\w)`, 'gu'))) {
    const use = script.root.descendantForIndex(start + index, start + index + name.length);
    if (use?.type === 'identifier' && isVariable(use) && isKept(script, use, name)) return true;
  }
  return false;
}

/** False for the name of an attribute, `other.name`, and of an argument, `name=other`. */
function isVariable(node: Node): boolean {
  const { parent } = node;
  if (parent?.type === 'attribute') return parent.childForFieldName('attribute')?.id !== node.id;
  return parent?.type !== 'keyword_argument' || parent.childForFieldName('name')?.id !== node.id;
}

/** True for the use of a variable that ends on the right side of an assignment or of a loop, or in a new object. */
function isKept(script: Script, use: Node, name: string): boolean {
  let isInObject = false;
  let child = use;
  for (let parent = use.parent; parent !== null; parent = parent.parent) {
    switch (parent.type) {
      case 'assignment':
      case 'for_statement':
        return parent.childForFieldName('right')?.id === child.id && parent.childForFieldName('left')?.text !== name;
      case 'call': {
        const { method = '', receiver = '' } = callAt(script, parent) ?? {};
        if (CLASS_NAME.test(method) && !NOT_RUNNING.test(method)) isInObject = true;
        // `model.to(device)` is the model; what other calls give is not.
        else if (receiver !== name || !SETTING.includes(method)) return isInObject;
        break;
      }
      case 'block':
      case 'module':
        return isInObject;
    }
    child = parent;
  }
  return isInObject;
}
