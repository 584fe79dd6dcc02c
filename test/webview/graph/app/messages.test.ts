import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../../webview/graph/app/messages';

const body = { name: 'g', kind: 'main', nodes: [], tensors: [], inputs: [], outputs: [] };
const model = { version: 1, name: 'm.onnx', sizeBytes: 3, notes: [], graphs: [body] };
const show = {
  type: 'graph/show',
  documents: [model],
  strings: {},
  locale: 'en',
  token: 't',
  choices: [{ excluded: [], fp16: [], protected: [] }],
};

describe('parseMessage', () => {
  it.each([
    show,
    { ...show, documents: [model, model], mapping: { from: 'report', pairs: [{ first: ['a'], second: [] }] } },
    { type: 'graph/update', side: 1, document: model },
    { type: 'graph/shapes', side: 0, shapes: { tensors: [{ graph: 0, tensor: 1, type: 'float32', dims: [1, 'n'] }] } },
    { type: 'graph/choices', side: 0, choices: { excluded: ['a'], fp16: [], protected: [] } },
    { type: 'graph/overlay', side: 0, overlay: 'latency', data: null },
    {
      type: 'graph/overlay',
      side: 0,
      overlay: 'range',
      data: { overlay: 'range', values: { a: { value: 0.5, detail: 'x' } }, origin: 'o' },
    },
    { type: 'graph/error', message: 'No.' },
    { type: 'graph/command', command: 'fit' },
    { type: 'graph/reveal', side: 0, key: 'g:0/layer1' },
    { type: 'graph/reply', id: 4, result: { ok: true, value: null } },
  ])('reads $type', (message) => {
    expect(parseMessage(message)).toBe(message);
  });

  it.each([
    null,
    'graph/show',
    { type: 'constructor' },
    { type: 'graph/unknown' },
    { ...show, documents: [] },
    { ...show, documents: [model, model, model] },
    { ...show, documents: [{ ...model, version: 2 }] },
    { ...show, documents: [{ ...model, graphs: [] }] },
    { ...show, documents: [{ ...model, graphs: [{ ...body, nodes: undefined }] }] },
    { ...show, token: 5 },
    { type: 'graph/update', side: 2, document: model },
    { type: 'graph/choices', side: 0, choices: { excluded: [1], fp16: [], protected: [] } },
    { type: 'graph/overlay', side: 0, overlay: 'latency', data: { overlay: 'latency', values: { a: 1 }, origin: '' } },
    { type: 'graph/command', command: 'format' },
    { type: 'graph/reply', id: -1, result: { ok: true } },
  ])('refuses %j', (message) => {
    expect(parseMessage(message)).toBeUndefined();
  });
});
