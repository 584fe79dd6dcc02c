// An engine that behaves as the model's name says, to try the client against what real engines may do.
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } from 'vscode-jsonrpc/node.js';

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
process.once('disconnect', () => process.exit(0));

function refuse(code, message, details = {}) {
  return new ResponseError(-32603, message, { code, message, details });
}

function writePartial(model) {
  writeFileSync(join(dirname(model), `.${basename(model)}.int8.onnx.${process.pid}.partial`), 'half');
}

const quantize = {
  'crash.onnx': ({ model }) => {
    writePartial(model);
    process.kill(process.pid, 'SIGSEGV');
  },
  'exit.onnx': () => process.exit(3),
  'hang.onnx': ({ model }, id) => {
    writePartial(model);
    connection.sendNotification('engine/progress', { id, stage: 'calibrate', done: 1, total: 9 });
    // As a native call that never returns: the thread answers nothing any more. The message above is out already.
    setTimeout(() => {
      for (;;);
    }, 50);
    return new Promise(() => undefined);
  },
  'polite.onnx': (_params, _id, token) =>
    new Promise((_resolve, reject) => {
      const cancel = () => reject(refuse('cancelled', 'Cancelled.'));
      // A request that is cancelled before it is served comes with a token that fires no event.
      if (token.isCancellationRequested) cancel();
      else token.onCancellationRequested(cancel);
    }),
  'progress.onnx': async (_params, id) => {
    for (let done = 0; done <= 3; done++) {
      await connection.sendNotification('engine/progress', { id, stage: 'calibrate', done, total: 3 });
    }
    return { outputPath: 'out', pid: process.pid };
  },
  'stubborn.onnx': (_params, _id, token) =>
    new Promise((_resolve, reject) => {
      const fail = () => reject(refuse('bad-dataset', 'Row 3 has no label.'));
      if (token.isCancellationRequested) fail();
      else token.onCancellationRequested(fail);
    }),
  'refused.onnx': () => {
    throw refuse('no-data', 'There is no data.', { model: 'refused.onnx' });
  },
};

connection.onRequest('engine/hello', () => ({ version: 'fake', pid: process.pid }));
connection.onRequest('model/inspect', (call) => ({ path: call.params.path, pid: process.pid }));
connection.onRequest('model/quantize', (call, token) =>
  quantize[basename(call.params.model)](call.params, call.id, token),
);
process.stderr.write('a line from native code\n');
connection.listen();
