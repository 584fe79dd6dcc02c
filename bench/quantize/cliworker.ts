import { runCli } from '../../src/cli/runCli';
import { processCost } from './processCost';

/** Runs the command line on this process's arguments, and prints what it cost instead of what it says. */
async function main(): Promise<void> {
  const code = await runCli(process.argv.slice(2), {
    stdout: { write: () => undefined },
    stderr: process.stderr,
    signal: new AbortController().signal,
  });
  if (code !== 0) process.exitCode = code;
  else console.log(JSON.stringify(processCost({})));
}

void main();
