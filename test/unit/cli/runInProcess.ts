import { runCli } from '../../../src/cli/runCli';

/** What one run of the command line left behind. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, as its entry point does. */
export async function runInProcess(args: readonly string[], signal = new AbortController().signal): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runCli(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal,
  });
  return { exitCode, stdout, stderr };
}

/** A model of the sample workspace, and the data that measures it. */
export const SAMPLE_MODEL = 'media/sample/digits.onnx';
export const SAMPLE_DATA = 'media/sample/digits-evaluation.dataset.json';
