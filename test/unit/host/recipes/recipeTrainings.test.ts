import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TrainingState, TrainProgress } from '../../../../src/protocol';
import { RecipeTrainings } from '../../../../src/host/recipes/recipeTrainings';
import type { TrainingActions } from '../../../../src/host/panels/trainingPanel';
import type { Services } from '../../../../src/host/services';

interface FakePanel {
  state: TrainingState;
  readonly actions: TrainingActions;
  shown: number;
}

const panels: FakePanel[] = [];
const messages: string[] = [];

vi.mock('vscode', async () => ({
  ...(await import('../vscodeStub')),
  window: { showInformationMessage: async (text: string, ...items: string[]) => (messages.push(text), items[0]) },
  commands: { executeCommand: async () => undefined },
}));
vi.mock('../../../../src/host/notify', () => ({ showError: () => undefined }));
vi.mock('../../../../src/host/panels/trainingPanel', () => ({
  TrainingPanel: class implements FakePanel {
    shown = 0;
    constructor(
      _services: Services,
      public state: TrainingState,
      readonly actions: TrainingActions,
    ) {
      panels.push(this);
    }
    show(): void {
      this.shown++;
    }
    update(state: TrainingState): void {
      this.state = state;
    }
  },
}));

beforeEach(() => {
  panels.length = 0;
  messages.length = 0;
});

function progress(number: number, step: number, rest: Partial<TrainProgress> = {}): TrainProgress {
  return {
    epoch: 1,
    epochs: 2,
    step,
    steps: 4,
    loss: 1,
    learningRate: 0.1,
    samplesPerSecond: 1,
    remainingSeconds: 1,
    isPaused: false,
    recipeStep: { number, count: 3, data: '/w/train.dataset.json' },
    ...rest,
  };
}

describe('the trainings of a recipe', () => {
  it('are shown in one panel that is opened on request and begins anew with each', async () => {
    const trainings = new RecipeTrainings({} as Services, '/w/digits.press.json', () => undefined);
    trainings.onStage('prune');
    expect(panels).toEqual([]);
    trainings.show();
    expect(messages).toEqual(['No step of this recipe has trained yet.']);
    trainings.onTrain(progress(1, 1));
    trainings.onTrain(progress(1, 2));
    const [panel] = panels;
    expect([panel?.state.model, panel?.state.data, panel?.state.points.length]).toEqual([
      'digits.press.json, step 1 of 3',
      'train.dataset.json',
      2,
    ]);
    await vi.waitFor(() => expect(panel?.shown).toBe(1));
    trainings.onStage('quantize');
    expect(panel?.state.phase).toBe('measuring');
    trainings.onTrain(progress(3, 1));
    expect([panels.length, panel?.state.model, panel?.state.points.length, panel?.state.phase]).toEqual([
      1,
      'digits.press.json, step 3 of 3',
      1,
      'training',
    ]);
    trainings.onTrain(progress(3, 1, { round: 2 }));
    trainings.onTrain(progress(3, 2, { round: 2 }));
    expect(panel?.state.points.length).toBe(2);
  });

  it('are paused, and cancelled with the run', async () => {
    const asked: unknown[] = [];
    const request = async (method: string, params: unknown): Promise<unknown> => {
      asked.push(method, params);
      return { known: true };
    };
    const cancel = vi.fn();
    const trainings = new RecipeTrainings({ runner: { request } } as unknown as Services, '/w/r.press.json', cancel);
    trainings.onTrain(progress(1, 1));
    panels[0]?.actions.pause();
    await vi.waitFor(() => expect(panels[0]?.state.phase).toBe('paused'));
    expect(asked).toEqual(['train/control', { run: trainings.run, action: 'pause' }]);
    panels[0]?.actions.cancel();
    expect(cancel).toHaveBeenCalledOnce();
  });
});
