import { EXIT_CODES } from './reportError';
import { runCli } from './runCli';

/** Entry point of the `onnx-press` command. */
async function main(): Promise<void> {
  const controller = new AbortController();
  const interrupt = (): void => {
    // The second time, a person does not want to wait for the first to be honoured. Files are written without a
    // break, so that this never leaves half of one.
    if (controller.signal.aborted) process.exit(EXIT_CODES.interrupted);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  // Whoever reads (head, less) has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT_CODES.success : EXIT_CODES.failure);
  });
  process.stderr.on('error', () => undefined);
  process.exitCode = await runCli(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    signal: controller.signal,
  });
}

void main();
