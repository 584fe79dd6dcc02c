#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { runInWorkbench } from './harness/runInWorkbench';
import { runMain } from './harness/runMain';

const TIMEOUT_MS = 300_000;

/**
 * Stands in for the executable of a desktop VS Code: takes its arguments and runs the tests in the VS Code server,
 * so that the desktop path is tried where no desktop is.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      extensionDevelopmentPath: { type: 'string' },
      extensionTestsPath: { type: 'string' },
    },
    strict: false,
    allowPositionals: true,
  });
  const { extensionDevelopmentPath: extensionPath, extensionTestsPath: testsPath } = values;
  if (typeof extensionPath !== 'string' || typeof testsPath !== 'string') {
    throw new Error('--extensionDevelopmentPath and --extensionTestsPath are needed.');
  }
  const folder = positionals[0];
  return await runInWorkbench({
    ...(folder === undefined ? {} : { folder }),
    extensionPath,
    testsPath,
    timeoutMs: TIMEOUT_MS,
    name: 'stand-in',
  });
}

runMain(main);
