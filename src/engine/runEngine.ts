import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node.js';
import type { EngineHandlers } from './handlers';
import { serveEngine } from './server';

/**
 * Makes this process an engine: a forked child that speaks JSON-RPC over Node's IPC channel.
 * The channel works under plain Node and under a desktop Electron started as Node; standard output stays free for
 * whatever native code prints.
 */
export function runEngine(handlers: Partial<EngineHandlers>): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  // The parent is gone or closed the channel: nobody waits for the result.
  process.once('disconnect', () => process.exit(0));
  serveEngine(connection, handlers);
  connection.listen();
}
