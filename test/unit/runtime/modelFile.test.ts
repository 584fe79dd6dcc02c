import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type { Model } from '../../../src/onnx/model';
import { StringStringEntryProtoSchema } from '../../../src/onnx/onnx_pb';
import { readFloats } from '../../../src/onnx/tensor';
import { openModel, saveModel, type OpenModel } from '../../../src/runtime/modelFile';
import { validateModel } from '../../../src/onnx/validateModel';
import { buildModel, initializerOf, sampleValues } from '../../fixtures/buildModel';

let folder: string;
const open: OpenModel[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'model-file-'));
});
afterEach(() => {
  for (const file of open.splice(0)) file.close();
  rmSync(folder, { recursive: true });
});

const values = sampleValues(1024).map(Math.fround);
function model(): Model {
  return buildModel({
    inputs: { x: ['float32', [1, 32]] },
    outputs: { y: ['float32', [1, 32]] },
    initializers: { w: { dims: [32, 32], values }, b: { dims: [4], values: [1] } },
    nodes: [makeNode('MatMul', 'm', ['x', 'w'], ['y'])],
  });
}
function opened(path: string): Model {
  const file = openModel(path);
  open.push(file);
  return file.model;
}
/** Writes the model with its large weight in `model.onnx.data`. */
function writeExternal(): string {
  const path = join(folder, 'model.onnx');
  saveModel(modelWithExternal(), path, { keepExternal: true });
  return path;
}
/** Lets the external tensor of a model point somewhere else. */
function relocate(path: string, location: string): void {
  const text = readFileSync(path).toString('latin1');
  const from = 'model.onnx.data';
  writeFileSync(
    path,
    Buffer.from(text.replace(from, location.padEnd(from.length, '/').slice(0, from.length)), 'latin1'),
  );
}
const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('model files', () => {
  it('are written as they were read', () => {
    const path = join(folder, 'a.onnx');
    saveModel(model(), path);
    const saved = saveModel(opened(path), join(folder, 'b.onnx'));
    expect(hash(saved.path)).toBe(hash(path));
    expect(saved.sizeBytes).toBe(statSync(path).size);
  });

  it('keep external weights external when asked, and take them in otherwise', () => {
    const path = writeExternal();
    const external = opened(path);
    expect([...external.weights.values()].map((weight) => weight.external)).toEqual([true]);
    expect([...readFloats(external, initializerOf(external, 'w'))]).toEqual(values);
    const kept = saveModel(external, join(folder, 'kept.onnx'), { keepExternal: true });
    expect(kept.dataPath).toBe(join(folder, 'kept.onnx.data'));
    const keptModel = opened(kept.path);
    expect([...readFloats(keptModel, initializerOf(keptModel, 'w'))]).toEqual(values);
    const single = saveModel(external, join(folder, 'single.onnx'));
    expect(single.dataPath).toBeUndefined();
    const again = opened(single.path);
    expect([...readFloats(again, initializerOf(again, 'w'))]).toEqual(values);
  });

  it('keep a checksum of external data', () => {
    const external = opened(writeExternal());
    initializerOf(external, 'w').externalData.push(
      create(StringStringEntryProtoSchema, { key: 'checksum', value: 'abc' }),
    );
    const kept = opened(saveModel(external, join(folder, 'kept.onnx'), { keepExternal: true }).path);
    expect(initializerOf(kept, 'w').externalData.map(({ key }) => key)).toEqual([
      'location',
      'offset',
      'length',
      'checksum',
    ]);
  });

  it('say which external file is missing, too short or a folder', () => {
    const path = writeExternal();
    truncateSync(`${path}.data`, 100);
    expect(() => validateModel(opened(path))).toThrow(
      /"model.onnx.data" is too short: it has 100 bytes and 4096 are needed for "w"/,
    );
    rmSync(`${path}.data`);
    expect(() => validateModel(opened(path))).toThrow(/"model.onnx.data" is missing/);
    mkdirSync(`${path}.data`);
    expect(() => validateModel(opened(path))).toThrow(expect.objectContaining({ code: 'file-access' }));
  });

  it('never read outside of their folder, neither by name nor through a link', () => {
    const path = writeExternal();
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const copy = join(inner, 'model.onnx');
    writeFileSync(copy, readFileSync(path));
    symlinkSync(`${path}.data`, join(inner, 'model.onnx.data'));
    expect(() => validateModel(opened(copy))).toThrow(/points outside the folder of the model/);
    relocate(copy, '../w');
    expect(() => validateModel(opened(copy))).toThrow(/points outside the folder of the model/);
  });

  it('follow a link that stays in their folder', () => {
    const path = writeExternal();
    writeFileSync(join(folder, 'real.bin'), readFileSync(`${path}.data`));
    rmSync(`${path}.data`);
    symlinkSync(join(folder, 'real.bin'), `${path}.data`);
    expect(() => validateModel(opened(path))).not.toThrow();
  });

  it('are never overwritten, nor is their data', () => {
    const path = writeExternal();
    const before = [hash(path), hash(`${path}.data`)];
    expect(() => saveModel(model(), path)).toThrow(expect.objectContaining({ code: 'output-exists' }));
    rmSync(path);
    writeFileSync(join(folder, 'other.onnx.data'), 'mine');
    expect(() => saveModel(modelWithExternal(), join(folder, 'other.onnx'), { keepExternal: true })).toThrow(
      expect.objectContaining({ code: 'output-exists' }),
    );
    expect(hash(`${path}.data`)).toBe(before[1]);
    expect(readFileSync(join(folder, 'other.onnx.data'), 'utf8')).toBe('mine');
  });

  it.each([false, true])('leave nothing behind when a weight cannot be read (external: %s)', (external) => {
    const broken = model();
    for (const [tensor, weight] of broken.weights) {
      broken.weights.set(tensor, {
        ...weight,
        external,
        read: () => {
          throw new Error('The disk failed.');
        },
      });
    }
    expect(() => saveModel(broken, join(folder, 'broken.onnx'), { keepExternal: external })).toThrow(
      'The disk failed.',
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('cannot be written into a folder that does not exist', () => {
    expect(() => saveModel(model(), join(folder, 'no', 'model.onnx'))).toThrow(
      expect.objectContaining({ code: 'file-not-found' }),
    );
  });

  it.each([
    ['missing', 'missing.onnx', 'file-not-found'],
    ['a folder', '.', 'file-access'],
  ])('are refused with a code when they are %s', (_, name, code) => {
    expect(() => openModel(join(folder, name))).toThrow(
      expect.objectContaining({ code, details: { path: join(folder, name) } }),
    );
  });
});

function modelWithExternal(): Model {
  const source = model();
  for (const [tensor, weight] of source.weights) source.weights.set(tensor, { ...weight, external: true });
  return source;
}
