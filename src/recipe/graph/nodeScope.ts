import type { StringStringEntryProto } from '../../onnx/onnx_pb';
import { cutText } from './graphText';

/** Modules nest up to some twenty levels; a file that claims more is not believed. */
const MAX_LEVELS = 64;
/** Module names are short; Python's own are below this. */
const MAX_NAME = 200;
/** Metadata longer than this is not a list of modules. */
const MAX_SOURCE = 16_384;

/**
 * The modules that a node was made in, outermost first, as PyTorch's exporters note them in its metadata: a Python list
 * of paths under `pkg.torch.onnx.name_scopes` (`['', 'layer1', 'layer1.0', 'conv2d']`, the node's own name last), else
 * `namespace` (`: Model/layer1: Sequential/conv2d: aten.conv2d.default`), else the classes alone.
 * Undefined where there is nothing to use.
 */
export function scopeOf(metadata: readonly StringStringEntryProto[]): string[] | undefined {
  if (metadata.length === 0) return undefined;
  const find = (key: string): string | undefined => {
    const value = metadata.find((entry) => entry.key === key)?.value;
    return value !== undefined && value.length <= MAX_SOURCE ? value : undefined;
  };
  const paths =
    pythonList(find('pkg.torch.onnx.name_scopes')) ??
    namespacePaths(find('namespace')) ??
    pythonList(find('pkg.torch.onnx.class_hierarchy'))?.map((name) => name.slice(name.lastIndexOf('.') + 1));
  if (!paths) return undefined;
  const modules = relativeNames(paths.slice(0, -1)).slice(0, MAX_LEVELS);
  return modules.length > 0 ? modules.map((name) => cutText(name, MAX_NAME)) : undefined;
}

/** Each path without what the path around it says already: `layer1`, `layer1.0` become `layer1`, `0`. */
function relativeNames(paths: readonly string[]): string[] {
  const names: string[] = [];
  let outer = '';
  for (const path of paths) {
    if (path === '') continue;
    const name = outer !== '' && path.startsWith(`${outer}.`) ? path.slice(outer.length + 1) : path;
    if (path !== outer) names.push(name);
    outer = path;
  }
  return names;
}

function namespacePaths(text: string | undefined): string[] | undefined {
  if (text === undefined || text === '') return undefined;
  return text.split('/').map((part) => part.split(':', 1)[0]?.trim() ?? '');
}

/** The strings of `['a', "b"]`, the way Python writes a list of strings; undefined for anything else. */
export function pythonList(text: string | undefined): string[] | undefined {
  if (text === undefined || !text.startsWith('[') || !text.endsWith(']')) return undefined;
  const values: string[] = [];
  let at = 1;
  for (;;) {
    while (text[at] === ' ' || text[at] === ',') at++;
    if (at === text.length - 1) return values;
    const quote = text[at];
    if (quote !== "'" && quote !== '"') return undefined;
    let value = '';
    for (at++; text[at] !== quote; at++) {
      if (text[at] === '\\') at++;
      if (at >= text.length - 1) return undefined;
      value += text[at] ?? '';
    }
    values.push(value);
    at++;
  }
}
