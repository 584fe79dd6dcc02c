import { spawn, type ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import type { MetricCommand } from '../data/taskSchema';
import { badDataset } from '../data/errors';
import { CancelledError, errorMessage } from '../util/pressError';

const DEFAULT_TIMEOUT_SECONDS = 600;
/** Figures are a few lines; a program that writes more prints something else. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Of what it complained about last, so much is quoted. */
const QUOTED_CHARACTERS = 400;
const HINT = 'It must be executable, or "interpreter" must say what runs it.';

/**
 * Runs the program of a dataset file on a folder of outputs, its last argument, and returns the JSON object that it
 * prints. No shell is involved; the program and what it started are ended on cancel and when its time is over. Throws
 * `bad-dataset` for a program that fails, takes too long or prints something else.
 */
export async function runMetricCommand(
  metric: MetricCommand,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const { command, interpreter } = metric;
  const [program, ...first] = interpreter === undefined ? [command] : [interpreter, command];
  const result = await runProcess(program as string, [...first, ...(metric.arguments ?? []), folder], metric, signal);
  const text = result.trim();
  // A program may report progress first; its figures are the last line, or all of it.
  for (const candidate of [text, text.split('\n').at(-1) ?? '']) {
    const value = parsed(candidate);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>; // just checked
  }
  throw badDataset(command, `printed no JSON object such as {"wer": 0.12}, but ${JSON.stringify(text.slice(0, 80))}.`);
}

function runProcess(
  program: string,
  args: readonly string[],
  { command, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: MetricCommand,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new CancelledError());
      return;
    }
    const child = spawn(program, args, {
      cwd: dirname(command),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      // A group of its own, so that what it starts can be ended with it.
      detached: process.platform !== 'win32',
    });
    let output = '';
    let complaint = '';
    const end = (error: Error): void => {
      killTree(child);
      settle(() => reject(error));
    };
    const cancel = (): void => end(new CancelledError());
    const timer = setTimeout(
      () => end(badDataset(command, `took longer than ${timeoutSeconds} s. Give it more with "timeoutSeconds".`)),
      timeoutSeconds * 1000,
    );
    const settle = (done: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      done();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > MAX_OUTPUT_BYTES) end(badDataset(command, 'prints more than 16 MiB. Print figures only.'));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-QUOTED_CHARACTERS);
    });
    child.on('error', (error) => end(badDataset(command, `cannot be run: ${errorMessage(error)}. ${HINT}`)));
    child.on('close', (code, killedBy) => {
      const said = complaint.trim() === '' ? '' : ` It said: ${complaint.trim().replace(/\s+/g, ' ')}`;
      settle(() => {
        if (code === 0) resolve(output);
        else reject(badDataset(command, `failed with ${killedBy ?? `exit code ${code}`}.${said}`));
      });
    });
  });
}

/** Ends a process and what it started. */
function killTree(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // it has ended already, or never led a group
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
