import { version } from '../../package.json';
import { namingModel } from '../recipe/modelRefusals';
import type { RunContext } from '../recipe/runContext';
import type { Command, CommandOutput } from './command';
import { COMMANDS, findCommand } from './commandList';
import { EXIT_CODES, reportError } from './reportError';
import { commandHelp, programHelp } from './help';
import { COMMON_OPTIONS, type OptionSpec } from './optionSpecs';
import { parseOptions, type ParsedOptions } from './parseOptions';
import { createProgressLine, type ProgressLine, type ProgressTarget } from './progressLine';
import { UsageError } from './usageError';

/** Where a run of the command line writes, and what interrupts it. */
export interface CliContext {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressTarget;
  readonly signal: AbortSignal;
}

/** Runs the command line on the arguments behind the program's name. Returns the exit code; throws nothing. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  const { stdout, stderr } = context;
  const progress = createProgressLine(stderr);
  try {
    const { text, failure } = await run(commandFirst(args), context, progress);
    stdout.write(text);
    if (failure === undefined) return EXIT_CODES.success;
    stderr.write(`onnx-press: ${failure}\n`);
    return EXIT_CODES.failure;
  } catch (error) {
    progress.clear();
    return reportError(error, args.includes('--json'), context);
  }
}

/** What a run prints on stdout, and what fell short. */
interface Printed {
  readonly text: string;
  readonly failure?: string;
}

/** Runs one command and returns what it prints. */
async function run(args: readonly string[], context: CliContext, progress: ProgressLine): Promise<Printed> {
  const [name, ...rest] = args;
  if (name === undefined) throw new UsageError('No command is given.');
  if (name === '--version') return { text: `${version}\n` };
  if (name === '--help' || name === '-h') return { text: programHelp(COMMANDS) };
  if (name === 'help') {
    return { text: rest[0] === undefined ? programHelp(COMMANDS) : commandHelp(findCommand(rest[0])) };
  }
  if (name.startsWith('-')) throw new UsageError(`${name} needs a command.`);
  const command = findCommand(name);
  const options = parseOptions(name, rest, { ...command.options, ...COMMON_OPTIONS });
  if (options.has('help')) return { text: commandHelp(command) };
  checkOperands(command, options);
  const isQuiet = options.has('quiet');
  const output = await runCommand(command, options, {
    onProgress: (step) => {
      if (!isQuiet) progress.show(step);
    },
    signal: context.signal,
    log: (level, message) => {
      if (isQuiet || level === 'debug' || level === 'info') return;
      progress.clear();
      context.stderr.write(`${level}: ${message}\n`);
    },
  });
  progress.clear();
  const failure = output.failure === undefined ? {} : { failure: output.failure };
  if (options.has('json')) return { text: `${JSON.stringify(output.json, null, 2)}\n`, ...failure };
  return { text: isQuiet && output.quiet !== undefined ? `${output.quiet}\n` : output.text(), ...failure };
}

/** Runs a command; where a model is its only operand, a refusal that names no file is about that. */
async function runCommand(command: Command, options: ParsedOptions, context: RunContext): Promise<CommandOutput> {
  try {
    return await command.run(options, context);
  } catch (error) {
    const [path] = options.positionals;
    throw command.operands.join() === 'MODEL' && path !== undefined ? namingModel(error, path) : error;
  }
}

/** Options of every command may stand before the command too. */
function commandFirst(args: readonly string[]): readonly string[] {
  const specs: Readonly<Record<string, OptionSpec | undefined>> = COMMON_OPTIONS;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (['--version', '--help', '-h'].includes(arg)) return i === 0 ? args : [arg];
    if (!arg.startsWith('-')) return [arg, ...args.slice(0, i), ...args.slice(i + 1)];
    if (specs[arg.slice(2)]?.kind === 'count') i++;
  }
  return args;
}

function checkOperands({ name, operands }: Command, { positionals }: ParsedOptions): void {
  const missing = operands.slice(positionals.length);
  const usage = `onnx-press ${[name, ...operands].join(' ')} [options]`;
  if (missing.length > 0) throw new UsageError(`${name} needs ${missing.join(' and ')}: ${usage}.`, name);
  const [extra] = positionals.slice(operands.length);
  if (extra !== undefined) throw new UsageError(`${name} does not take "${extra}": ${usage}.`, name);
  if (positionals.includes('')) throw new UsageError(`${name} got an empty name: ${usage}.`, name);
}
