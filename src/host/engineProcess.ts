import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node.js';
import type { EngineNotifications } from '../protocol';

/** How a process ended: one of the two is set, or neither when it could not be started. */
export interface EngineExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly reason?: string;
}

/** A running engine process and the connection to it. */
export interface EngineProcess {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly pid: number | undefined;
  /** Resolves once when the process has ended. */
  readonly exited: Promise<EngineExit>;
}

export interface EngineProcessOptions {
  /** Its argument, by which a person finds it in the list of processes. */
  readonly name: string;
  readonly enginePath: string;
  readonly onProgress: (progress: EngineNotifications['engine/progress']) => void;
  readonly onTrain: (message: EngineNotifications['engine/train']) => void;
  readonly onLog: (level: EngineNotifications['engine/log']['level'], message: string) => void;
}

/**
 * Forks the engine and listens to it.
 * `ELECTRON_RUN_AS_NODE` makes a desktop Electron behave as Node; plain Node ignores it.
 * The debugger's arguments of the extension host are not inherited, because their port is taken.
 */
export function startEngineProcess(options: EngineProcessOptions): EngineProcess {
  const child = fork(options.enginePath, [options.name], {
    silent: true,
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  // Native libraries write their warnings here; an unread pipe would block them when it is full.
  forwardLines(child.stdout, (line) => options.onLog('debug', line));
  forwardLines(child.stderr, (line) => options.onLog('warning', line));

  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onNotification('engine/progress', options.onProgress);
  connection.onNotification('engine/train', options.onTrain);
  connection.onNotification('engine/log', (entry: EngineNotifications['engine/log']) =>
    options.onLog(entry.level, entry.message),
  );
  connection.onError(([error]) => options.onLog('debug', `engine channel: ${error.message}`));
  connection.listen();

  const exited = new Promise<EngineExit>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', (error) => resolve({ exitCode: null, signal: null, reason: error.message }));
  });
  return { child, connection, pid: child.pid, exited };
}

function forwardLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}
