import { ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node.js';
import type { EngineCall, EngineError, EngineNotifications, EngineRequests } from '../protocol';
import { throwIfCancelled } from '../util/pressError';
import { toEngineError } from './engineError';
import type { EngineHandlers } from './handlers';
import { createProgressThrottle, createTrainThrottle } from './progressThrottle';

/**
 * Answers the requests of the protocol on `connection` with `handlers`: one response each, errors as
 * {@link EngineError} in the response's data, progress and log lines as notifications.
 */
export function serveEngine(connection: MessageConnection, handlers: Partial<EngineHandlers>): void {
  const notify = <N extends keyof EngineNotifications>(method: N, params: EngineNotifications[N]): void => {
    // A notification that cannot be written means that the host is gone; 'disconnect' ends the process then.
    connection.sendNotification(method, params).catch(() => undefined);
  };

  const serve = <M extends keyof EngineRequests>(method: M, handle: EngineHandlers[M]): void => {
    connection.onRequest(method, async (call: EngineCall<EngineRequests[M]['params']>, token) => {
      const controller = new AbortController();
      const subscription = token.onCancellationRequested(() => controller.abort());
      try {
        if (token.isCancellationRequested) controller.abort();
        throwIfCancelled(controller.signal);
        return await handle(call.params, {
          signal: controller.signal,
          onProgress: createProgressThrottle((progress) => notify('engine/progress', { id: call.id, ...progress })),
          onTrain: createTrainThrottle((progress) => notify('engine/train', { id: call.id, progress })),
          log: (level, message) => notify('engine/log', { level, message }),
        });
      } catch (error) {
        const data = toEngineError(error);
        throw new ResponseError<EngineError>(ErrorCodes.InternalError, data.message, data);
      } finally {
        subscription.dispose();
      }
    });
  };

  for (const [method, handle] of Object.entries(handlers)) {
    serve(method as keyof EngineRequests, handle as EngineHandlers[keyof EngineRequests]); // its keys are the methods
  }
}
