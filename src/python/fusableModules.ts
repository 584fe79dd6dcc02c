import type { ModelClass } from './models';
import type { Script } from './script';
import { argumentsOf, callAt, within } from './syntax';

/** Chains that `fuse_modules` takes, the longest first (PyTorch, torch.ao.quantization.fuse_modules). */
const CHAINS: readonly (readonly RegExp[])[] = [
  [/^Conv[123]d$/, /^BatchNorm[123]d$/, /^ReLU$/],
  [/^Conv[123]d$/, /^BatchNorm[123]d$/],
  [/^Conv[123]d$/, /^ReLU$/],
  [/^Linear$/, /^ReLU$/],
];

interface NamedModule {
  readonly name: string;
  readonly type: string;
}

/**
 * Names of modules of a class that follow each other and can be fused: attributes in the order in which they are made,
 * and the entries of `nn.Sequential`. A module that is used more than once is left out, as it belongs to several places.
 */
export function fusableModules(script: Script, { block }: ModelClass): string[][] {
  const text = script.source.slice(block.start, block.end);
  const attributes: NamedModule[] = [];
  const groups: string[][] = [];
  for (const { target, value } of within(script.assignments, block)) {
    const call = callAt(script, value);
    if (!target.startsWith('self.') || call === undefined || !call.name.startsWith('torch.nn.')) continue;
    const name = target.slice('self.'.length);
    if (call.method === 'Sequential') {
      const entries = argumentsOf(value).map(({ value: entry }, index) => ({
        name: `${name}.${index}`,
        type: callAt(script, entry)?.method ?? '',
      }));
      groups.push(...chainsOf(entries));
    }
    const uses = text.split(new RegExp(`\\bself\\.${name}\\b`)).length - 1;
    // Once where it is made and once in `forward`.
    attributes.push({ name, type: uses === 2 ? call.method : '' });
  }
  return [...chainsOf(attributes), ...groups];
}

function chainsOf(modules: readonly NamedModule[]): string[][] {
  const groups: string[][] = [];
  for (let at = 0; at < modules.length;) {
    const chain = CHAINS.find((types) => types.every((type, index) => type.test(modules[at + index]?.type ?? '')));
    if (chain === undefined) at++;
    else {
      groups.push(modules.slice(at, at + chain.length).map(({ name }) => name));
      at += chain.length;
    }
  }
  return groups;
}
