import type { RunContext } from '../recipe/runContext';
import type { OptionSpec } from './optionSpecs';
import type { ParsedOptions } from './parseOptions';

/** What a command found out; one of the three is printed. */
export interface CommandOutput {
  /** With --json. */
  readonly json: unknown;
  /** For a person. */
  readonly text: () => string;
  /** With --quiet; the text when absent. */
  readonly quiet?: string;
  /** What fell short although everything ran: a line on stderr, and exit code 1. */
  readonly failure?: string;
}

/** A command of the command line. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The operands, all of them required, in order. */
  readonly operands: readonly string[];
  /** Its own options; those of every command come on top. */
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Arguments behind `onnx-press`, for the help. */
  readonly examples: readonly string[];
  /** `options` has as many positionals as there are operands. */
  run(options: ParsedOptions, context: RunContext): Promise<CommandOutput>;
}
