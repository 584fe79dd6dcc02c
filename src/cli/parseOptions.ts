import { parseArgs } from 'node:util';
import type { OptionSpec } from './optionSpecs';
import { didYouMean } from './suggest';
import { UsageError } from './usageError';

/** What a person wrote behind a command, checked against its options. */
export interface ParsedOptions {
  readonly positionals: readonly string[];
  has(name: string): boolean;
  /** The last value given. */
  text(name: string): string | undefined;
  /** All values given. */
  texts(name: string): readonly string[];
  count(name: string): number | undefined;
}

/**
 * Parses the arguments behind `command`. Throws {@link UsageError} for unknown options, missing, superfluous and
 * impossible values.
 */
export function parseOptions(
  command: string,
  args: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
): ParsedOptions {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { kind }]) => [
        name,
        {
          type: kind === 'flag' ? ('boolean' as const) : ('string' as const),
          ...(name === 'help' ? { short: 'h' } : {}),
        },
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (!spec) throw unknownOption(command, token.rawName, Object.keys(specs));
    const value = checkValue(command, token, spec);
    values.set(token.name, [...(values.get(token.name) ?? []), value]);
  }
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  return {
    positionals,
    has: (name) => values.has(name),
    text: last,
    texts: (name) => values.get(name) ?? [],
    count: (name) => {
      const text = last(name);
      return text === undefined ? undefined : Number(text);
    },
  };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkValue(command: string, { rawName, value, inlineValue }: OptionToken, spec: OptionSpec): string {
  if (spec.kind === 'flag') {
    if (inlineValue) throw new UsageError(`${rawName} takes no value.`, command);
    return '';
  }
  // What follows is the next option, unless it is glued on with "=".
  const isMissing = value === undefined || value === '' || (!inlineValue && /^--?[a-z]/i.test(value));
  if (isMissing) throw new UsageError(`${rawName} needs a value: ${rawName} ${placeholder(spec)}.`, command);
  if (spec.kind === 'choice') {
    const choices = spec.choices ?? [];
    if (choices.includes(value)) return value;
    throw new UsageError(
      `${rawName} ${value} is not possible.${didYouMean(value, choices)} Choose ${choices.join(', ')}.`,
      command,
    );
  }
  if (spec.kind === 'count') {
    const [least, most] = spec.range ?? [0, Number.MAX_SAFE_INTEGER];
    if (/^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most) return value;
    throw new UsageError(`${rawName} ${value} is not possible. Give a whole number from ${least} to ${most}.`, command);
  }
  return value;
}

/** What stands for the value of an option in messages and in the help. */
export function placeholder(spec: OptionSpec): string {
  return spec.choices?.join('|') ?? spec.value ?? '';
}

function unknownOption(command: string, rawName: string, names: readonly string[]): UsageError {
  const hint = didYouMean(rawName.replace(/^-+/, ''), names, '--');
  return new UsageError(`${command} has no option ${rawName}.${hint}`, command);
}
