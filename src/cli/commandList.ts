import type { Command } from './command';
import { compareCommand } from './commands/compare';
import { demoCommand } from './commands/demo';
import { evaluateCommand } from './commands/evaluate';
import { fusionCommand } from './commands/fusion';
import { inspectCommand } from './commands/inspect';
import { mixedCommand } from './commands/mixed';
import { profileCommand } from './commands/profile';
import { pruneCommand } from './commands/prune';
import { quantizeCommand } from './commands/quantize';
import { recipeCommand } from './commands/recipe';
import { runCommand } from './commands/run';
import { sensitivityCommand } from './commands/sensitivity';
import { trainCommand } from './commands/train';
import { didYouMean } from './suggest';
import { UsageError } from './usageError';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  inspectCommand,
  quantizeCommand,
  pruneCommand,
  trainCommand,
  evaluateCommand,
  compareCommand,
  profileCommand,
  sensitivityCommand,
  mixedCommand,
  fusionCommand,
  recipeCommand,
  runCommand,
  demoCommand,
];

/** The command of a name. Throws {@link UsageError} for one that there is not. */
export function findCommand(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  const names = COMMANDS.map((candidate) => candidate.name);
  throw new UsageError(`There is no command ${name}.${didYouMean(name, names)}`);
}
