import { fork, type ChildProcess } from 'node:child_process';
import type { FuzzAnswer, FuzzQuestion, Outcome } from './messages';

/** Longer than any of these small models takes, even on a busy machine. */
const LIMIT_SECONDS = 20;
/** Kept from what a dying worker writes. */
const MAX_ERROR_TEXT = 2000;

/** A child process that works through files, started anew after a crash or a hang. */
export class FuzzWorker {
  private child: ChildProcess | undefined;
  private errorText = '';

  constructor(private readonly workerPath: string) {}

  /** Hands a file to the worker. A crash or a hang is a `bad` outcome. */
  async ask(question: FuzzQuestion): Promise<FuzzAnswer> {
    const child = (this.child ??= this.start());
    this.errorText = '';
    return new Promise((resolve) => {
      const finish = (reply: FuzzAnswer): void => {
        clearTimeout(timer);
        child.removeAllListeners('message');
        child.removeAllListeners('exit');
        resolve(reply);
      };
      const fail = (message: string): void => {
        this.stop();
        const outcome: Outcome = { kind: 'bad', message: `${message} ${this.errorText}`.trim() };
        finish({ inspect: outcome, quantize: outcome, peakMegabytes: 0 });
      };
      const timer = setTimeout(() => fail(`Hangs: no answer in ${LIMIT_SECONDS} s.`), LIMIT_SECONDS * 1000);
      child.once('message', (reply) => finish(reply as FuzzAnswer)); // the worker sends nothing else
      child.once('exit', (code, signal) => fail(`Crashes: ${signal ?? `exit code ${code}`}.`));
      child.send(question);
    });
  }

  /** Ends the child; the next question starts another. */
  stop(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private start(): ChildProcess {
    const child = fork(this.workerPath, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.errorText = (this.errorText + chunk.toString()).slice(-MAX_ERROR_TEXT);
    });
    return child;
  }
}
