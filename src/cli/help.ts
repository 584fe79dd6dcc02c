import { textTable } from '../util/textTable';
import type { Command } from './command';
import { COMMON_OPTIONS, type OptionSpec } from './optionSpecs';
import { placeholder } from './parseOptions';

/** Columns of text, of which option descriptions get what the option names leave. */
const WIDTH = 110;

/** The help of the program. */
export function programHelp(commands: readonly Command[]): string {
  return [
    'onnx-press: makes an .onnx model smaller and faster, and measures what that cost.',
    '',
    'Usage: onnx-press COMMAND [options]',
    '',
    'Commands',
    indented(textTable(commands.map(({ name, operands, summary }) => [[name, ...operands].join(' '), summary]))),
    '',
    'Options of every command',
    optionList(COMMON_OPTIONS),
    '',
    'onnx-press COMMAND --help says more; onnx-press --version prints the version.',
    'Exit codes: 0 success, 1 failure, 2 wrong usage, 130 interrupted.',
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp({ name, operands, summary, options, examples }: Command): string {
  return [
    `${summary}`,
    '',
    `Usage: onnx-press ${[name, ...operands].join(' ')} [options]`,
    '',
    ...(Object.keys(options).length > 0 ? ['Options', optionList(options), ''] : []),
    'Options of every command',
    optionList(COMMON_OPTIONS),
    '',
    'Examples',
    ...examples.map((example) => `  onnx-press ${example}`),
    '',
  ].join('\n');
}

/** An option whose name and value are long has its description on the next line. */
function optionList(specs: Readonly<Record<string, OptionSpec>>): string {
  const column = 26;
  return Object.entries(specs)
    .flatMap(([name, spec]) => {
      const head = `  --${name}${spec.kind === 'flag' ? '' : ` ${placeholder(spec)}`}`;
      const modes = spec.modes ? ` [${spec.modes.join(', ')}]` : '';
      const [first = '', ...rest] = wrapped(spec.text + modes, WIDTH - column);
      const lines = rest.map((line) => ' '.repeat(column) + line);
      return head.length + 2 <= column
        ? [head.padEnd(column) + first, ...lines]
        : [head, ' '.repeat(column) + first, ...lines];
    })
    .join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
