import { describe, expect, it } from 'vitest';
import { parseDatasetFile, readDatasetFile } from '../../../src/data/datasetFile';
import { PressError } from '../../../src/util/pressError';
import { temporaryFolder, writeFile } from './fixtures';

function messageOf(text: string): string {
  try {
    return JSON.stringify(parseDatasetFile(text, 'd.json'));
  } catch (error) {
    return error instanceof PressError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('parseDatasetFile', () => {
  it('takes comments, trailing commas and every key', () => {
    const text = `{ // images
      "kind": "image-list", "path": "l.tsv", "root": "i", "fileColumn": "f", "labelColumn": "c", "input": "x",
      "preprocess": { "resize": [8, 9], "crop": 4, "channels": "bgr", "layout": "NHWC", "scale": 0.5, "mean": [1, 2, 3], "std": 2, },
      "labelOffset": -1, "limit": 3, "shuffle": true, "seed": 7,
    }`;
    expect(parseDatasetFile(text, 'd.json')).toEqual({
      kind: 'image-list',
      path: 'l.tsv',
      root: 'i',
      fileColumn: 'f',
      labelColumn: 'c',
      input: 'x',
      preprocess: {
        resize: [8, 9],
        crop: 4,
        channels: 'bgr',
        layout: 'NHWC',
        scale: 0.5,
        mean: [1, 2, 3],
        std: 2,
      },
      labelOffset: -1,
      limit: 3,
      shuffle: true,
      seed: 7,
    });
  });

  it('takes what is measured besides classification', () => {
    const task = {
      kind: 'detection' as const,
      annotations: 'a.json',
      decoder: { output: 'o', layout: 'columns' as const, boxFormat: 'cxcywh' as const, nms: false as const },
    };
    const file = {
      kind: 'npz',
      path: 'a.npz',
      classes: ['cat'],
      task,
      metric: { command: 'wer.py', interpreter: 'python3' },
    };
    expect(parseDatasetFile(JSON.stringify(file), 'd.json')).toEqual(file);
    const segmentation = { kind: 'segmentation', masks: 'm', colors: [[0, 0, 255]], threshold: 0.4 };
    expect(parseDatasetFile(JSON.stringify({ ...file, task: segmentation }), 'd.json').task).toEqual(segmentation);
  });

  it.each([
    [
      { task: { kind: 'detection', annotations: 'a', decoder: { boxes: 'b' } } },
      'must name either "output", or "boxes" and "scores"',
    ],
    [
      { task: { kind: 'detection', annotations: 'a', decoder: { output: 'o', anchors: 3 } } },
      'unknown key "anchors". "task.decoder" takes output, layout',
    ],
    [{ task: { kind: 'segmentation', masks: 'm', mask: 1 } }, 'unknown key "mask". "task" takes kind, masks'],
    [{ task: { kind: 'pose' } }, 'has a wrong "task.kind"'],
    [{ metric: { command: 'a', shell: true } }, 'unknown key "shell". "metric" takes command'],
    [{ classes: [] }, 'has a wrong "classes"'],
  ])('explains what is wrong with %j', (part, message) => {
    expect(messageOf(JSON.stringify({ kind: 'npz', path: 'a', ...part }))).toContain(message);
  });

  it.each([
    ['{ "kind": "npz",\n  "path" "a" }', 'd.json:2:10 is not valid JSON: colon expected.'],
    ['', 'd.json:1:1 is not valid JSON'],
    ['['.repeat(100_000), 'd.json:1:1 is not valid JSON: it is nested too deeply'],
    ['[1]', 'd.json:1:1 must hold an object'],
    ['{ "path": "a" }', 'has no "kind"; known are image-folder, image-list, cifar10, idx, npz, npy, jsonl'],
    ['{ "kind": "tfrecord" }', 'd.json:1:11 has the unknown kind "tfrecord"; known are'],
    ['{ "kind": "toString", "path": "a" }', 'has the unknown kind "toString"'],
    ['{ "kind": "npz" }', 'has a wrong "path"'],
    [
      '{ "kind": "npz", "path": "a",\n "lable": 1 }',
      'd.json:2:2 has the unknown key "lable". A dataset file of kind npz takes kind, $schema, path',
    ],
    ['{ "kind": "npz", "path": "a", "preprocess": {} }', 'has the unknown key "preprocess"'],
    [
      '{ "kind": "cifar10", "path": "a", "preprocess": { "sd": 1 } }',
      '"preprocess" takes resize, crop, channels, layout, scale, mean, std',
    ],
    ['{ "kind": "cifar10", "path": "a", "preprocess": { "std": 0 } }', 'has a wrong "preprocess.std"'],
    ['{ "kind": "cifar10", "path": "a", "preprocess": { "scale": 0 } }', 'must not be 0'],
    ['{ "kind": "cifar10", "path": "a", "preprocess": { "resize": 0 } }', 'has a wrong "preprocess.resize"'],
    ['{ "kind": "cifar10", "path": "a", "limit": 0 }', 'has a wrong "limit"'],
    ['{ "kind": "cifar10", "path": "a", "labelOffset": 0.5 }', 'has a wrong "labelOffset"'],
  ])('refuses malformed text, case %#', (text, message) => {
    expect(messageOf(text)).toContain(message);
    expect(messageOf(text)).toMatch(/^bad-dataset: /);
  });
});

describe('readDatasetFile', () => {
  it('gives the folder that paths are relative to', async () => {
    const folder = temporaryFolder();
    const path = writeFile(folder, 'd.json', '\uFEFF{ "kind": "npz", "path": "a.npz" }');
    expect(await readDatasetFile(path)).toEqual({ path, folder, content: { kind: 'npz', path: 'a.npz' } });
  });
});
