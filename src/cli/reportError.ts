import { basename } from 'node:path';
import { CancelledError, errorMessage, PressError } from '../util/pressError';
import type { CliContext } from './runCli';
import { UsageError } from './usageError';

/** How a run of the command line ends; scripts depend on these. */
export const EXIT_CODES = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** What is said about an error, to a person and to a program. */
interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Says in one line what went wrong; with `isJson` also as an object on stdout. Returns the exit code. */
export function reportError(error: unknown, isJson: boolean, { stdout, stderr, signal }: CliContext): number {
  const { exitCode, code, message, details = {} } = failureOf(error, signal.aborted);
  stderr.write(`onnx-press: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
  if (isJson) stdout.write(`${JSON.stringify({ error: { code, message, details } }, null, 2)}\n`);
  return exitCode;
}

function failureOf(error: unknown, isAborted: boolean): Failure {
  if (isAborted || error instanceof CancelledError) {
    return { exitCode: EXIT_CODES.interrupted, code: 'interrupted', message: 'Interrupted; nothing was written.' };
  }
  if (error instanceof UsageError) {
    const help = `onnx-press ${error.command === undefined ? '' : `${error.command} `}--help`;
    return { exitCode: EXIT_CODES.usage, code: 'usage', message: `${error.message} See ${help}.` };
  }
  if (error instanceof PressError) {
    const exitCode = error.code === 'bad-option' ? EXIT_CODES.usage : EXIT_CODES.failure;
    return { exitCode, code: error.code, message: namingFile(error), details: error.details };
  }
  return {
    exitCode: EXIT_CODES.failure,
    code: 'internal',
    message: `Unexpected error: ${errorMessage(error)}. This is a defect; please report it with the command and the model.`,
    details: error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {},
  };
}

/** The message, with the file that it is about in front when it does not name it. */
function namingFile({ message, details }: PressError): string {
  const { path } = details;
  return typeof path === 'string' && !message.includes(basename(path)) ? `${path}: ${message}` : message;
}
