import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { CliRun } from './runInProcess';

/** Sees what was written to stderr so far, and may end the process. */
export type OnStderr = (text: string, kill: (signal: NodeJS.Signals) => void) => void;

/** Runs the bundle in `folder` as a process of its own; `onStderr` may act on it while it runs. */
export function runInBundle(
  folder: string,
  args: readonly string[],
  onStderr: OnStderr = () => undefined,
): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'cli.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      onStderr(stderr, (signal) => child.kill(signal));
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
  });
}
