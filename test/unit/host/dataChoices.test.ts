import { describe, expect, it } from 'vitest';
import { dataChoices, obviousChoice } from '../../../src/host/datasets/dataChoices';
import { dataKind } from '../../../src/host/datasets/findData';

const MODEL = '/w/models/digits.onnx';

/** The choices for places of these paths, as readable lines. */
function lines(paths: readonly string[], model = MODEL): string[] {
  return dataChoices(
    model,
    paths.map((path) => ({ path, kind: dataKind(path) })),
  ).map(
    ({ calibration, evaluation, isForModel }) =>
      `${isForModel ? '* ' : ''}${calibration}${evaluation === undefined ? '' : ` | ${evaluation}`}`,
  );
}

describe('dataChoices', () => {
  it('makes one choice of calibration and evaluation data with one name in one folder', () => {
    expect(lines(['/w/models/digits-evaluation.dataset.json', '/w/models/digits-calibration.dataset.json'])).toEqual([
      '* /w/models/digits-calibration.dataset.json | /w/models/digits-evaluation.dataset.json',
    ]);
  });

  it('pairs image folders', () => {
    expect(lines(['/w/images/train', '/w/images/val'])).toEqual(['/w/images/train | /w/images/val']);
  });

  it('does not pair data of another name, folder or kind', () => {
    expect(lines(['/w/a-train.npz', '/w/b-test.npz', '/w/x/a-test.npz', '/w/a-test.jsonl'])).toEqual([
      '/w/a-train.npz',
      '/w/b-test.npz',
      '/w/a-test.jsonl',
      '/w/x/a-test.npz',
    ]);
  });

  it('lets a set without a role stand for itself', () => {
    expect(lines(['/w/flowers', '/w/flowers-test'])).toEqual(['/w/flowers', '/w/flowers-test']);
  });

  it('puts data of the model first, then what is near, then pairs, then dataset files', () => {
    expect(
      lines([
        '/w/far/away/other-train.npz',
        '/w/models/samples.jsonl',
        '/w/models/samples.dataset.json',
        '/w/models/pair-train.npz',
        '/w/models/pair-test.npz',
        '/w/models/digits-train.npz',
      ]),
    ).toEqual([
      '* /w/models/digits-train.npz',
      '/w/models/pair-train.npz | /w/models/pair-test.npz',
      '/w/models/samples.dataset.json',
      '/w/models/samples.jsonl',
      '/w/far/away/other-train.npz',
    ]);
  });

  it('takes data for that of the model when the name of the model begins with it', () => {
    expect(lines(['/w/models/digits-train.npz'], '/w/models/digits_v2.onnx')).toEqual(['* /w/models/digits-train.npz']);
    expect(lines(['/w/models/train.npz'])).toEqual(['/w/models/train.npz']);
    expect(lines(['/w/digits-train.npz'])).toEqual(['/w/digits-train.npz']);
  });
});

describe('obviousChoice', () => {
  it('is the only dataset of the model, and nothing when there are two or none', () => {
    const choose = (...paths: string[]): string | undefined =>
      obviousChoice(
        dataChoices(
          MODEL,
          paths.map((path) => ({ path, kind: dataKind(path) })),
        ),
      )?.calibration;
    const own = '/w/models/digits-calibration.dataset.json';
    expect(choose(own, '/w/models/digits-evaluation.dataset.json', '/w/models/other.dataset.json')).toBe(own);
    expect(choose('/w/models/digits.dataset.json', own)).toBeUndefined();
    expect(choose('/w/models/digits-train.npz')).toBeUndefined();
  });
});
