import { beforeAll, describe, expect, it } from 'vitest';
import { analyseScript, type ScriptAnalysis } from '../../../src/python/analysis';
import type { PythonParser } from '../../../src/python/pythonParser';
import { readScript } from '../../../src/python/script';
import { applyEdits } from '../../fixtures/python/applyEdits';
import { createParser } from '../../fixtures/python/scripts';

let parser: PythonParser;

beforeAll(async () => {
  parser = await createParser();
});

function analyse(text: string): ScriptAnalysis {
  const tree = parser.parse(text);
  const analysis = analyseScript(readScript(tree, text));
  tree.delete();
  return analysis;
}

const INSERTING = ['addPruning', 'addDistillation', 'makeQuantizationAware'];

/** The lenses that put in code, each with its line from 1. */
function inserting(text: string): string[] {
  return analyse(text).lenses.flatMap(({ action, span }) =>
    INSERTING.includes(action) ? [`${action} ${span.start.line + 1}`] : [],
  );
}

const EPOCH = `import torch
def train_one_epoch(net, loader, optimizer, criterion):
    for x, y in loader:
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
`;

function loop(loss: string): string {
  return `import torch
net = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = ${loss}
for epoch in range(3):
    for x, y in loader:
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
`;
}

describe('lenses that put in code', () => {
  it('are not at a loop over the batches of one epoch, which another file calls once an epoch', () => {
    expect(inserting(EPOCH)).toEqual([]);
  });

  it('are at the loop over epochs that calls it', () => {
    const caller = `net = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    train_one_epoch(net, loader, optimizer, torch.nn.CrossEntropyLoss())
`;
    expect(inserting(EPOCH + caller)).toEqual([9, 9, 9].map((line, i) => `${INSERTING[i]} ${line}`));
  });

  it('prune nothing with every batch where there is one epoch only', () => {
    const whole = EPOCH.replace(
      'optimizer, criterion):',
      'criterion):\n    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
    );
    expect(inserting(whole)).toEqual(['addDistillation 4', 'makeQuantizationAware 4']);
  });

  it.each(['CrossEntropyLoss()', 'NLLLoss()', 'MultiMarginLoss()'])('offer distillation for %s', (loss) => {
    expect(inserting(loop(`torch.nn.${loss}`))).toContain('addDistillation 5');
  });

  it.each(['GaussianNLLLoss()', 'PoissonNLLLoss()', 'TripletMarginLoss()', 'CTCLoss()', 'MSELoss()', 'BCELoss()'])(
    'offer no distillation for %s, which is on no classes',
    (loss) => {
      expect(inserting(loop(`torch.nn.${loss}`))).toEqual(['addPruning 5', 'makeQuantizationAware 5']);
    },
  );

  it('are at the use of a class that extends the Trainer of Transformers, without a teacher for its own loss', () => {
    const script = `from transformers import Trainer
class WeightedTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        return model(**inputs).loss
trainer = WeightedTrainer(model, args)
trainer.train()
`;
    expect(inserting(script)).toEqual(['addPruning 5', 'makeQuantizationAware 5']);
  });
});

describe('the fix of an export with a fixed batch', () => {
  it.each([
    [
      'x',
      'input_names=["input"], output_names=["output"], dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}',
    ],
    [
      '(x, mask)',
      'input_names=["input1", "input2"], output_names=["output"], dynamic_axes={"input1": {0: "batch"}, "input2": {0: "batch"}, "output": {0: "batch"}}',
    ],
  ])('covers all inputs of the example %s', (example, added) => {
    const script = `import torch\nnet.eval()\ntorch.onnx.export(net, ${example}, "n.onnx")\n`;
    const [finding] = analyse(script).findings.filter(({ rule }) => rule === 'export-fixed-batch');
    expect(applyEdits(script, finding?.fix ?? [])).toBe(script.replace('"n.onnx")', `"n.onnx", ${added})`));
  });

  it('names one dimension for all inputs of the exporter on torch.export', () => {
    const script = 'import torch\nexample = (x, mask)\ntorch.onnx.export(net, example, "n.onnx", dynamo=True)\n';
    const [finding] = analyse(script).findings.filter(({ rule }) => rule === 'export-fixed-batch');
    const dimension = '{0: torch.export.Dim("batch")}';
    expect(applyEdits(script, finding?.fix ?? [])).toContain(`dynamic_shapes=(${dimension}, ${dimension}))`);
  });

  it.each(['{"x": x}', '(*inputs, mask)'])('is none where the inputs of %s are not written there', (example) => {
    const script = `import torch\ntorch.onnx.export(net, ${example}, "n.onnx")\n`;
    const [finding] = analyse(script).findings.filter(({ rule }) => rule === 'export-fixed-batch');
    expect(finding?.fix).toEqual([]);
  });
});
