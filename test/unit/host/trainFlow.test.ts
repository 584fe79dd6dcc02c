import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Memento, Uri } from 'vscode';
import { askTraining } from '../../../src/host/flow/trainFlow';
import { unfinishedItems } from '../../../src/host/flow/unfinishedStep';
import type { UnfinishedTraining } from '../../../src/protocol';
import { relativeTime } from '../../../src/util/relativeTime';

/** What the person answers, question by question: a part of a label, `back`, or undefined to leave. */
let answers: (string | undefined)[] = [];
/** The questions as they were asked. */
let asked: string[] = [];

vi.mock('../../../src/host/flow/steps', () => ({
  askStep: async ({ step, totalSteps, placeholder, items }: AskedStep) => {
    asked.push(`${step} of ${totalSteps}: ${placeholder}`);
    const answer = answers.shift();
    return answer === undefined || answer === 'back' ? answer : items.find(({ label }) => label.includes(answer));
  },
}));
vi.mock('../../../src/host/flow/dataStep', () => ({
  askData: async (_title: string, _model: Uri, _remembered: unknown, _choices: unknown, step: number) => {
    asked.push(`${step}: data`);
    const answer = answers.shift();
    return answer === undefined || answer === 'back' ? answer : { calibration: answer };
  },
}));
vi.mock('../../../src/host/datasets/findData', () => ({ findData: async () => [] }));
vi.mock('../../../src/host/datasets/dataChoices', () => ({ dataChoices: () => [] }));
vi.mock('../../../src/host/datasets/searchRoots', () => ({ searchRoots: () => [] }));
vi.mock('../../../src/host/datasets/rememberedData', () => ({ recallData: () => undefined }));
vi.mock('../../../src/host/comparison/pairReport', () => ({ reportOfModel: async () => undefined }));
vi.mock('../../../src/host/modelFiles', () => ({ listModels: async () => [{ fsPath: '/w/large.onnx' }] }));
vi.mock('vscode', async () => ({
  ...(await import('./vscodeStub')),
  env: { language: 'en' },
  workspace: { asRelativePath: (path: string) => path.replace('/w/', '') },
}));

interface AskedStep {
  readonly step: number;
  readonly totalSteps: number;
  readonly placeholder: string;
  readonly items: readonly { readonly label: string }[];
}

const DAY_MS = 24 * 3600 * 1000;
const NOW = Date.UTC(2026, 10, 24);

const unfinished: UnfinishedTraining = {
  checkpointPath: '/w/.onnx-press/digits.trained.checkpoint',
  params: { model: '/w/small.onnx', data: '/w/train.dataset.json', resume: true, settings: { epochs: 10 } },
  epoch: 3,
  epochs: 10,
  savedAtMs: NOW - 1.2 * DAY_MS,
  history: [],
};

function ask(distils: boolean, found: UnfinishedTraining | undefined, ...given: (string | undefined)[]) {
  answers = given;
  // As much of both as the flow needs.
  return askTraining({ fsPath: '/w/small.onnx' } as Uri, {} as Memento, distils, found);
}

beforeEach(() => (asked = []));

const UNFINISHED = 'A training of this model was not finished.';
const TEACHER = 'Which model is the teacher?';
const EPOCHS = 'How often should all samples be seen? Stopping early keeps the best weights.';

describe('the questions of a training', () => {
  it('are data and epochs, and a teacher before when distilling, where nothing is unfinished', async () => {
    expect(await ask(false, undefined, 'd', '3 epochs')).toEqual({ data: { calibration: 'd' }, epochs: 3 });
    expect(asked).toEqual(['1: data', `2 of 2: ${EPOCHS}`]);
    asked = [];
    expect(await ask(true, undefined, 'large', 'd', '1 epoch')).toMatchObject({ teacher: '/w/large.onnx', epochs: 1 });
    expect(asked).toEqual([`1 of 3: ${TEACHER}`, '2: data', `3 of 3: ${EPOCHS}`]);
  });

  it.each([false, true])('begin with an unfinished training, which goes on without any other (%s)', async (distils) => {
    expect(await ask(distils, unfinished, 'Go on')).toBe('goOn');
    expect(asked).toEqual([`1 of ${distils ? 4 : 3}: ${UNFINISHED}`]);
  });

  it('follow when the person starts anew, and lead back to the first', async () => {
    const answer = await ask(
      true,
      unfinished,
      'anew',
      'large',
      'back',
      'back',
      'anew',
      'large',
      'd',
      'back',
      'd',
      '10',
    );
    expect(answer).toEqual({ teacher: '/w/large.onnx', data: { calibration: 'd' }, epochs: 10 });
    const epochs = `4 of 4: ${EPOCHS}`;
    const [first, teacher] = [`1 of 4: ${UNFINISHED}`, `2 of 4: ${TEACHER}`];
    expect(asked).toEqual([first, teacher, '3: data', teacher, first, teacher, '3: data', epochs, '3: data', epochs]);
  });

  it('say that the unfinished training goes where the person discards it', async () => {
    const answer = await ask(false, unfinished, 'Discard', 'd', '10');
    expect(answer).toEqual({ data: { calibration: 'd' }, epochs: 10, discards: true });
  });

  it('lead from the data of a fine-tuning back to the unfinished training', async () => {
    expect(await ask(false, unfinished, 'anew', 'back', 'Go on')).toBe('goOn');
    expect(asked).toEqual([`1 of 3: ${UNFINISHED}`, '2: data', `1 of 3: ${UNFINISHED}`]);
  });

  it('can be left at any of them', async () => {
    expect(await ask(false, unfinished)).toBeUndefined();
    expect(await ask(false, unfinished, 'anew')).toBeUndefined();
    expect(await ask(true, undefined)).toBeUndefined();
    expect(await ask(true, undefined, 'large', 'd')).toBeUndefined();
  });
});

describe('the offer to go on', () => {
  it('says how far the training is, when it stopped and what it is', () => {
    const [goOn, anew, discard] = unfinishedItems(unfinished, NOW, 'en');
    expect([goOn?.description, goOn?.detail]).toEqual(['epoch 3 of 10, yesterday', 'trained on train.dataset.json']);
    expect(anew?.detail).toBe('the unfinished training stays as it is and is offered again');
    expect(discard?.label).toBe('$(trash) Discard it and start anew');
    const taught = { ...unfinished, params: { ...unfinished.params, teacher: '/w/large.onnx' } };
    expect(unfinishedItems(taught, NOW, 'en')[0]?.detail).toBe(
      'trained on train.dataset.json, with large.onnx as teacher',
    );
  });

  it.each([
    [-5, 'now'],
    [59, 'now'],
    [60, '1 minute ago'],
    [3599, '59 minutes ago'],
    [3 * 3600, '3 hours ago'],
    [25 * 3600, 'yesterday'],
    [40 * 24 * 3600, '40 days ago'],
  ])('counts %i seconds as "%s"', (seconds, text) => {
    expect(relativeTime(NOW - seconds * 1000, NOW, 'en')).toBe(text);
    expect(relativeTime(NOW - seconds * 1000, NOW, 'zh-cn')).not.toBe(text);
  });
});
