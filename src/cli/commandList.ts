import type { Command } from './command';
import { compareCommand } from './commands/compare';
import { demoCommand } from './commands/demo';
import { evaluateCommand } from './commands/evaluate';
import { fusionCommand } from './commands/fusion';
import { inspectCommand } from './commands/inspect';
import { mixedCommand } from './commands/mixed';
import { profileCommand } from './commands/profile';
import { quantizeCommand } from './commands/quantize';
import { runCommand } from './commands/run';
import { sensitivityCommand } from './commands/sensitivity';
import { didYouMean } from './suggest';
import { UsageError } from './usageError';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  inspectCommand,
  quantizeCommand,
  evaluateCommand,
  compareCommand,
  profileCommand,
  sensitivityCommand,
  mixedCommand,
  fusionCommand,
  runCommand,
  demoCommand,
];

/** Commands that the documentation of later versions has: they are no typos. */
const NOT_YET = ['prune', 'train'];

/** The command of a name. Throws {@link UsageError} for one that there is not. */
export function findCommand(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  const names = COMMANDS.map((candidate) => candidate.name);
  if (NOT_YET.includes(name)) {
    throw new UsageError(`${name} is not in this version. There are ${names.join(', ')}.`);
  }
  throw new UsageError(`There is no command ${name}.${didYouMean(name, names)}`);
}
