import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PythonParser } from '../../../src/python/pythonParser';
import { ScriptDocument } from '../../../src/python/scriptDocument';
import { distillation } from '../../../src/python/snippets/distillation';
import { type Insertion, insertionTarget } from '../../../src/python/snippets/insertion';
import { pruningSchedule } from '../../../src/python/snippets/pruning';
import { quantizationAware } from '../../../src/python/snippets/quantizationAware';
import type { Script } from '../../../src/python/script';
import { applyEdits } from '../../fixtures/python/applyEdits';
import { findPython } from '../../fixtures/python/findPython';
import { createParser, readScripts } from '../../fixtures/python/scripts';

const FOLDER = 'test/fixtures/python/runnable';
const python = findPython(['torch']);
const MISSING = 'No Python with PyTorch: install python3-torch, or name one in ONNX_PRESS_PYTHON.';

type Make = (script: Script, target: NonNullable<ReturnType<typeof insertionTarget>>) => Insertion | undefined;

const SNIPPETS: Readonly<Record<string, Make>> = {
  pruning: pruningSchedule,
  distillation,
  quantizationAware: (script, target) => quantizationAware(script, target, 'torch.ao'),
};

/** What the scripts print at their end with each snippet: the share of zeros, and whether there is an int8 model. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  pruning: /^zeros 0\.[1-9]\d* False$/m,
  distillation: /^zeros 0(\.0)? False$/m,
  quantizationAware: /^zeros 0(\.0)? True$/m,
};

/** Trains a small model between the two calls of a callback, and says what became of it. */
const CALLBACK_SCRIPT = `import json
import sys

import torch
from press_quantization import QuantizationAwareCallback

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 36, 10)
)
callback = QuantizationAwareCallback()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x, y = torch.randn(64, 1, 8, 8), torch.randint(0, 10, (64,))
names, plain = list(model.state_dict()), model(x)
if sys.argv[1] == "transformers":
    callback.on_train_begin(None, None, None, model=model)
else:
    callback.on_train_start(None, model)
rounded = model(x)
losses = []
for _ in range(50):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
names_while_training = list(model.state_dict())
if sys.argv[1] == "transformers":
    callback.on_train_end(None, None, None, model=model)
else:
    callback.on_train_end(None, model)
weight = model[0].weight.detach().flatten(1)
steps = weight / weight.abs().amax(1, keepdim=True) * 127
error = (rounded - plain).abs().max().item()
print(json.dumps({
    "isRounded": 0 < error < 0.1,
    "trains": losses[-1] < losses[0] / 2,
    "keepsNames": names == names_while_training == list(model.state_dict()),
    "isOnGrid": (steps - steps.round()).abs().max().item() < 1e-3,
    "isFloatAgain": all("forward" not in vars(module) for module in model),
}))
`;

/** As much of Transformers as a callback needs to see a training. */
const TRANSFORMERS_STUB = `import torch


class TrainerCallback:
    pass


class Trainer:
    def __init__(self, model, train_dataset, callbacks=()):
        self.model, self.data, self.callbacks = model, train_dataset, callbacks

    def train(self):
        for callback in self.callbacks:
            callback.on_train_begin(None, None, None, model=self.model)
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        for x, y in self.data * 10:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(self.model(x), y).backward()
            optimizer.step()
        for callback in self.callbacks:
            callback.on_train_end(None, None, None, model=self.model)
`;

const TRAINER_SCRIPT = `import torch
from transformers import Trainer

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
trainer = Trainer(model=model, train_dataset=[(torch.randn(8, 16), torch.randint(0, 10, (8,)))])
trainer.train()
weight = model[0].weight.detach()
steps = weight / weight.abs().amax(1, keepdim=True) * 127
print("int8", (steps - steps.round()).abs().max().item() < 1e-3)
`;

let parser: PythonParser;
const scratch = mkdtempSync(join(tmpdir(), 'onnx-press-snippets-'));

beforeAll(async () => {
  parser = await createParser();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The script with a snippet put in, and its helper. */
function insert(text: string, make: Make): { readonly text: string; readonly helper: Insertion['helper'] } | undefined {
  const document = new ScriptDocument(parser, text);
  const script = document.read();
  const target = insertionTarget(script, undefined);
  const insertion = target && make(script, target);
  document.dispose();
  return insertion && { text: applyEdits(text, insertion.edits), helper: insertion.helper };
}

describe.each(['epochs', 'function'])('%s.py', (name) => {
  const source = readFileSync(`${FOLDER}/${name}.py`, 'utf8');

  it.each(Object.keys(SNIPPETS))('takes the snippet %s, indented as the script is', async (kind) => {
    const inserted = insert(source, SNIPPETS[kind]!);
    await expect(inserted?.text).toMatchFileSnapshot(`../../../${FOLDER}/${name}.${kind}.golden.txt`);
  });

  it.each(Object.keys(SNIPPETS))('runs in PyTorch with the snippet %s', (kind) => {
    if (python === undefined) throw new Error(MISSING);
    const inserted = insert(source, SNIPPETS[kind]!)!;
    writeFileSync(join(scratch, `${name}.py`), inserted.text);
    if (inserted.helper) writeFileSync(join(scratch, inserted.helper.name), inserted.helper.text);
    const output = execFileSync(python, [`${name}.py`], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(output).toMatch(PRINTED[kind]!);
  });
});

describe('trainers', () => {
  it('of Transformers get a callback and a class of a helper', () => {
    const text = readScripts().get('hf_trainer')!;
    const pruned = insert(text, pruningSchedule)!;
    expect(pruned.text).toContain('callbacks=[PruningCallback(target_sparsity=0.5)]');
    expect(pruned.helper?.name).toBe('press_pruning.py');
    const distilled = insert(text, distillation)!;
    expect(distilled.text).toContain('trainer = DistillationTrainer(');
    expect(distilled.text).toContain('teacher=copy.deepcopy(model)');
    expect(distilled.helper?.name).toBe('press_distillation_trainer.py');
  });

  it('train linear and convolution layers as int8 computes them, and end with weights that int8 stores', () => {
    if (python === undefined) throw new Error(MISSING);
    const helpers = ['hf_trainer', 'lightning_module'].map((name) => {
      const inserted = insert(readScripts().get(name)!, SNIPPETS['quantizationAware']!)!;
      expect(inserted.text).toContain('QuantizationAwareCallback()]');
      expect(inserted.text).toContain('from press_quantization import QuantizationAwareCallback');
      return inserted.helper!;
    });
    // Neither package is needed to see what the callbacks do to a model.
    const packages = ['transformers', 'lightning/pytorch'];
    mkdirSync(join(scratch, 'lightning'), { recursive: true });
    writeFileSync(join(scratch, 'transformers.py'), TRANSFORMERS_STUB);
    writeFileSync(join(scratch, 'lightning', 'pytorch.py'), 'class Callback: pass\n');
    writeFileSync(join(scratch, 'train_with_callback.py'), CALLBACK_SCRIPT);
    for (const [index, name] of packages.entries()) {
      writeFileSync(join(scratch, helpers[index]!.name), helpers[index]!.text);
      const output = execFileSync(python, ['-B', 'train_with_callback.py', name], { cwd: scratch, encoding: 'utf8' });
      expect(JSON.parse(output), name).toEqual({
        isRounded: true,
        trains: true,
        keepsNames: true,
        // Without rounding, a channel of a convolution has as many values as weights.
        isOnGrid: true,
        isFloatAgain: true,
      });
    }
  });

  it('run with the inserted callback, and end with weights that int8 stores', () => {
    if (python === undefined) throw new Error(MISSING);
    const folder = mkdtempSync(join(scratch, 'trainer-'));
    const inserted = insert(TRAINER_SCRIPT, SNIPPETS['quantizationAware']!)!;
    const files = {
      'transformers.py': TRANSFORMERS_STUB,
      'plain.py': TRAINER_SCRIPT,
      'inserted.py': inserted.text,
      [inserted.helper!.name]: inserted.helper!.text,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const printed = ['plain.py', 'inserted.py'].map((name) =>
      execFileSync(python, ['-B', name], { cwd: folder, encoding: 'utf8' }).trim(),
    );
    expect(printed).toEqual(['int8 False', 'int8 True']);
  });

  it('of Lightning get its own callback', () => {
    const { text } = insert(readScripts().get('lightning_module')!, pruningSchedule)!;
    expect(text).toContain(
      'callbacks=[ModelPruning("l1_unstructured", amount=lambda epoch: 0.13 if epoch < 5 else 0)]',
    );
    expect(text).toContain('from lightning.pytorch.callbacks import ModelPruning');
  });
});

describe('callbacks', () => {
  it.each([
    ['[MyCallback(),  # trailing\n]', '[MyCallback(), QuantizationAwareCallback(),  # trailing\n]'],
    ['[  # none yet\n]', '[  # none yet\nQuantizationAwareCallback()]'],
    ['[]', '[QuantizationAwareCallback()]'],
  ])('are added to %j', (callbacks, expected) => {
    const text = `from transformers import Trainer\ntrainer = Trainer(model=model, callbacks=${callbacks})\ntrainer.train()\n`;
    expect(insert(text, SNIPPETS['quantizationAware']!)?.text).toContain(`callbacks=${expected})`);
  });
});

/** A training loop with `head` above it and `tail` below. */
function loopScript(head: string, tail = ''): string {
  return `${head}model = torch.nn.Linear(4, 2)
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for x, y in loader:
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
${tail}`;
}

describe('imports', () => {
  const line = 'from torch.nn.utils import prune';

  it.each([
    ['after those at the head, not before an export at the bottom', 'import torch\n', 'import onnx\n'],
    [
      'after a docstring and a guarded import',
      '"""Trains."""\nimport torch\ntry:\n    import apex\nexcept ImportError:\n    print("no apex")\n',
      '',
    ],
    [
      'at the top where only a function has the same import',
      'import torch\n',
      `def other():\n    ${line}\n    return prune\n`,
    ],
    [
      'not into a main block that imports',
      'import torch\n',
      'if __name__ == "__main__":\n    import onnx\n    onnx.load("a.onnx")\n',
    ],
  ])('go %s', (_, head, tail) => {
    expect(insert(loopScript(head, tail), pruningSchedule)?.text.startsWith(`${head}${line}\nmodel = `)).toBe(true);
  });

  it('go before the first statement of a script that does not begin with imports', () => {
    const inserted = insert(loopScript('"""Trains."""\nseed = 1\nimport torch\n'), pruningSchedule);
    expect(inserted?.text.startsWith(`"""Trains."""\n${line}\nseed = 1\nimport torch\nmodel = `)).toBe(true);
  });
});

describe('statements on one line', () => {
  const loop = loopScript('import torch\n');

  it('get no distillation where the step follows the loss', () => {
    const joined = loop
      .replace(/\n +loss\.backward/, '; loss.backward')
      .replace(/\n +optimizer\.step/, '; optimizer.step');
    expect(joined).toContain('loss = criterion(out, y); loss.backward(); optimizer.step()\n');
    expect(insert(joined, distillation)).toBeUndefined();
    const ended = loop.replace('criterion(out, y)', 'criterion(out, y);  # end');
    expect(insert(ended, distillation)?.text).toContain(
      'criterion(out, y);  # end\n        loss = distil(loss, out, x)\n',
    );
  });

  it('get an import before them', () => {
    const text = loop.replace('import torch\n', 'import torch; torch.manual_seed(0)\n');
    expect(insert(text, distillation)?.text.startsWith('import copy\n')).toBe(true);
  });
});
