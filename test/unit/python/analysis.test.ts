import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyseScript, type ScriptAnalysis } from '../../../src/python/analysis';
import type { ScriptEdit } from '../../../src/python/edits';
import { RULE_IDS, type RuleId } from '../../../src/python/finding';
import type { PythonParser } from '../../../src/python/pythonParser';
import type { Span } from '../../../src/python/span';
import { readScript } from '../../../src/python/script';
import { ScriptDocument } from '../../../src/python/scriptDocument';
import { applyEdits } from '../../fixtures/python/applyEdits';
import { createParser, readScripts, SCRIPTS_FOLDER } from '../../fixtures/python/scripts';

const scripts = readScripts();
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

/** Lines and columns from 1, as editors show them. */
function place({ start, end }: Span): string {
  const from = `${start.line + 1}:${start.column + 1}`;
  if (start.line === end.line && start.column === end.column) return from;
  return `${from}-${end.line === start.line ? '' : `${end.line + 1}:`}${end.column + 1}`;
}

function editText({ span, text }: ScriptEdit): string {
  return `    ${place(span)} ${JSON.stringify(text)}`;
}

/** What an analysis shows, as text to compare with the golden file. */
function dump({ lenses, findings }: ScriptAnalysis): string {
  const lines = [
    ...lenses.map(({ action, span, className, path }) =>
      ['lens', place({ start: span.start, end: span.start }), action, className, path].filter(Boolean).join(' '),
    ),
    ...findings.flatMap(({ rule, span, subject, fix }) => [
      `${rule} ${place(span)} ${subject}`,
      ...(fix.length === 0 ? ['    no fix'] : fix.map(editText)),
    ]),
  ];
  return lines.length === 0 ? 'nothing\n' : `${lines.join('\n')}\n`;
}

describe('scripts', () => {
  it('show the lenses of a model that another one names in a text or comment, not those of one it is built of', () => {
    const lenses = (use: string): (string | undefined)[] =>
      analyse(`from torch import nn

class ResNet(nn.Module):
    def forward(self, x):
        return x

class Small(nn.Module):
    """größer: smaller than ResNet."""
    def __init__(self):
        super().__init__()
        ${use}

    def forward(self, x):
        return x
`).lenses.map(({ className }) => className);
    expect(lenses('pass  # unlike ResNet')).toContain('ResNet');
    expect(lenses('self.body = ResNet()')).not.toContain('ResNet');
    expect(lenses('self.body = ResNet()')).toContain('Small');
  });

  it.each([...scripts.keys()])('shows the lenses and the traps of %s', async (name) => {
    const text = dump(analyse(scripts.get(name) ?? ''));
    await expect(text).toMatchFileSnapshot(`../../../${SCRIPTS_FOLDER}/${name}.golden.txt`);
  });

  it('show nothing without a training package, and nothing where they are switched off', () => {
    for (const name of ['without_torch', 'switched_off']) {
      expect(analyse(scripts.get(name) ?? '')).toEqual({ lenses: [], findings: [] });
    }
  });

  it('step into every known trap at least once', () => {
    const rules = [...scripts.values()].flatMap((text) => analyse(text).findings.map(({ rule }) => rule));
    expect([...new Set(rules)].sort()).toEqual([...RULE_IDS].sort());
  });
});

describe('fixes', () => {
  it.each([...scripts.keys()])('take the traps of %s away', (name) => {
    let text = scripts.get(name) ?? '';
    const before = analyse(text).findings.filter(({ fix }) => fix.length > 0).length;
    // One after the other, as a person applies them; each may be the condition of another.
    for (let rounds = 0; rounds <= before * 2; rounds++) {
      const found = analyse(text).findings.find(({ fix }) => fix.length > 0);
      if (found === undefined) break;
      text = applyEdits(text, found.fix);
    }
    expect(analyse(text).findings.filter(({ fix }) => fix.length > 0)).toEqual([]);
  });
});

/** The findings of one rule, as their lines from 1. */
function linesOf(rule: RuleId, lines: readonly string[]): number[] {
  const { findings } = analyse(`${lines.join('\n')}\n`);
  return findings.filter((found) => found.rule === rule).map(({ span }) => span.start.line + 1);
}

describe('softmax before cross-entropy', () => {
  const header = ['from torch import nn', 'import torch.nn.functional as F', 'loss = nn.CrossEntropyLoss()'];
  const attention = ['class Attention(nn.Module):', '    def forward(self, x):', '        return F.softmax(x, dim=-1)'];
  const net = ['class Net(nn.Module):', '    def __init__(self):', '        self.softmax = nn.Softmax(dim=1)'];

  it('is looked for in whole models, not in their parts', () => {
    const whole = ['class Net(nn.Module):', '    def __init__(self):', '        self.attention = Attention()'];
    const forward = ['    def forward(self, x):', '        return self.attention(x)'];
    expect(linesOf('softmax-before-cross-entropy', [...header, ...attention])).toEqual([6]);
    expect(linesOf('softmax-before-cross-entropy', [...header, ...attention, ...whole, ...forward])).toEqual([]);
  });

  it.each([
    ['only for inference', ['if not self.training:', '    return F.softmax(x, dim=1)', 'return x']],
    ['after the logits of training', ['if self.training:', '    return x', 'return self.softmax(x)']],
  ])('is right %s', (_, body) => {
    const forward = ['    def forward(self, x):', ...body.map((line) => `        ${line}`)];
    expect(linesOf('softmax-before-cross-entropy', [...header, ...net, ...forward])).toEqual([]);
  });

  it('is found where the model returns it in both modes', () => {
    const forward = ['    def forward(self, x):', '        return self.softmax(x)'];
    expect(linesOf('softmax-before-cross-entropy', [...header, ...net, ...forward])).toEqual([6]);
  });
});

describe('a pruned model that is saved', () => {
  const header = [
    'import torch',
    'from torch.nn.utils import prune',
    'class Net(torch.nn.Module):',
    '    def forward(self, x):',
    '        return x',
    'net = Net()',
    'prune.l1_unstructured(model.fc, "weight", 0.5)',
  ];

  it.each([
    'torch.save(history, "h.pt")',
    'torch.save({"losses": [1, 2]}, "h.pt")',
    'tokenizer.save_pretrained("out")',
    'torch.save(optimizer.state_dict(), "o.pt")',
  ])('is not %s', (line) => {
    expect(linesOf('prune-without-remove', [...header, line])).toEqual([]);
  });

  it.each([
    'torch.save(model, "m.pt")',
    'model.save_pretrained("out")',
    'torch.save(net, "n.pt")',
    'torch.save(other.state_dict(), "o.pt")',
    'torch.onnx.export(build(), x, "o.onnx")',
  ])('is %s', (line) => {
    expect(linesOf('prune-without-remove', [...header, line])).toEqual([8]);
  });
});

describe('a prepared model', () => {
  const convertAfter = (line: string): string[] => [
    'from torch.ao.quantization.quantize_fx import prepare_fx, convert_fx',
    'prepared = prepare_fx(model, mapping, example)',
    line,
    'quantized = convert_fx(prepared)',
  ];

  it.each([
    'prepared(x)',
    'prepared.forward(x)',
    'prepared.generate(x)',
    'evaluate(prepared.to("cuda"), data)',
    'calibrate(models=[prepared])',
    'runner.model = prepared; runner.run()',
    'runner.model = prepared.to("cuda"); runner.run()',
    'models["int8"], name = prepared, "int8"; run(models)',
    'for each in (float_model, prepared): each(x)',
  ])('may be calibrated by %s', (line) => {
    expect(linesOf('convert-without-calibration', convertAfter(line))).toEqual([]);
  });

  it.each([
    'prepared.eval()',
    'prepared = prepared.to("cuda")',
    'print(prepared)',
    'evaluate(other.prepared)',
    'count = len(prepared)',
    'runner.model = other.prepared',
  ])('is not calibrated by %s', (line) => {
    expect(linesOf('convert-without-calibration', convertAfter(line))).toEqual([4]);
  });

  it.each([
    ['runner = Runner(model)', []],
    ['runner.model = model', []],
    ['model = QuantWrapper(model)', [4]],
    ['optimizer = SGD(model.parameters())', [4]],
  ])('in place, after %s', (line, lines) => {
    const script = [
      'from torch.ao.quantization import convert, prepare',
      line,
      'prepare(model, inplace=True)',
      'convert(model, inplace=True)',
    ];
    expect(linesOf('convert-without-calibration', script)).toEqual(lines);
  });
});

describe('a divergence', () => {
  it.each([
    ['nn.KLDivLoss(size_average=False)', []],
    ['nn.KLDivLoss(reduce=False)', []],
    ['nn.functional.kl_div(x, y, False)', []],
    ['nn.KLDivLoss(size_average=None)', [2]],
    ['nn.functional.kl_div(x, y)', [2]],
  ])('of %s is flagged where it does not say its reduction', (line, lines) => {
    expect(linesOf('kldiv-batchmean', ['from torch import nn', line])).toEqual(lines);
  });
});

describe('an export', () => {
  it.each([
    ['EVAL', []],
    ['PRESERVE', [3]],
  ])('with the training mode %s is flagged where that keeps the train mode', (mode, lines) => {
    const exported = `torch.onnx.export(net, x, "n.onnx", training=torch.onnx.TrainingMode.${mode})`;
    expect(linesOf('export-in-train-mode', ['import torch', 'net = torch.nn.Linear(4, 2)', exported])).toEqual(lines);
  });
});

describe('a script that is edited', () => {
  it('shows the same as one that is parsed anew', () => {
    let text = readFileSync(`${SCRIPTS_FOLDER}/plain_loop.py`, 'utf8');
    const document = new ScriptDocument(parser, text);
    const changes = [
      ['class Net', 0, 'x = nn.KLDivLoss()  # 🙂\n'],
      ['opset_version=11', 'opset_version=11'.length, 'opset_version=17'],
      ['import argparse\n', 'import argparse\n'.length, ''],
      ['    def forward', 0, '    # a comment\n    # and another\n'],
    ] as const;
    for (const [anchor, length, added] of changes) {
      const offset = text.indexOf(anchor);
      const change = {
        offset,
        length,
        text: added,
        start: positionAt(text, offset),
        end: positionAt(text, offset + length),
      };
      text = text.slice(0, offset) + added + text.slice(offset + length);
      document.change([change], text);
      expect(document.analyse()).toEqual(analyse(text));
    }
    expect(document.analyse().findings.map(({ rule }) => rule)).toEqual([
      'kldiv-batchmean',
      'export-in-train-mode',
      'export-fixed-batch',
    ]);
    document.dispose();
  });

  it('becomes a training script when it imports torch, and is none any more once it is switched off', () => {
    const steps = [
      'x = 1\n',
      'import torch\ntorch.nn.KLDivLoss()\n',
      '# onnx-press: off\nimport torch\ntorch.nn.KLDivLoss()\n',
    ];
    const document = new ScriptDocument(parser, '');
    let before = '';
    const counts = steps.map((text) => {
      const start = { line: 0, column: 0 };
      document.change(
        [{ offset: 0, length: before.length, text, start, end: positionAt(before, before.length) }],
        text,
      );
      before = text;
      return document.analyse().findings.length;
    });
    document.dispose();
    expect(counts).toEqual([0, 1, 0]);
  });
});

function positionAt(text: string, offset: number): Span['start'] {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}
