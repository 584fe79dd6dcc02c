import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseInputs, planExport } from '../../../src/python/exportPlan';
import type { PythonParser } from '../../../src/python/pythonParser';
import { ScriptDocument } from '../../../src/python/scriptDocument';
import { loadGraph } from '../../../src/recipe/graph/loadGraph';
import { findPython } from '../../fixtures/python/findPython';
import { createParser, readScripts } from '../../fixtures/python/scripts';

const RUNNER = 'media/python/export.py';
const python = findPython(['torch']);
const MISSING = 'No Python with PyTorch: install python3-torch, or name one in ONNX_PRESS_PYTHON.';
const scratch = mkdtempSync(join(tmpdir(), 'onnx-press-export-'));

let parser: PythonParser;
beforeAll(async () => {
  parser = await createParser();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes the settings and runs the export script on them. */
function run(settings: object): ReturnType<typeof spawnSync> {
  if (python === undefined) throw new Error(MISSING);
  const file = join(scratch, 'settings.json');
  writeFileSync(file, JSON.stringify(settings));
  return spawnSync(python, [RUNNER, file], { encoding: 'utf8' });
}

describe('the plan of an export', () => {
  it.each([
    ['plain_loop', 'Net', { required: [], construction: '', inputs: '1x3x32x32' }],
    ['nested_modules', 'ResNet', { required: ['block', 'layers'], construction: '', inputs: '1x3x32x32' }],
    ['lightning_module', 'Classifier', { required: ['classes'], construction: 'classes=10', inputs: '1x1x28x28' }],
    ['several_models', 'Discriminator', { required: ['width'], construction: '256', inputs: '1x784' }],
    ['accelerate_loop', 'Encoder', { required: ['config'], construction: '', inputs: '1x128:int64' }],
  ])('of %s: %s', (name, className, expected) => {
    const document = new ScriptDocument(parser, readScripts().get(name) ?? '');
    expect(planExport(document.read(), className)).toEqual({ className, ...expected });
    document.dispose();
  });

  it('reads shapes as they are typed', () => {
    expect(parseInputs('1x3x8x8, 1 x 128:int64')).toEqual([
      { shape: [1, 3, 8, 8], type: 'float32' },
      { shape: [1, 128], type: 'int64' },
    ]);
    expect([parseInputs(''), parseInputs('1x0'), parseInputs('1x3:complex'), parseInputs('a')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the export script', () => {
  const script = join(scratch, 'net.py');
  const output = join(scratch, 'Net.onnx');
  const settings = {
    script,
    className: 'Net',
    arguments: 'width=4',
    inputs: [{ shape: [1, 1, 6, 6], type: 'float32' }],
    output,
  };

  beforeAll(() => {
    // Importing it as it is would train, and fail: only definitions may be run.
    const text = readFileSync('test/fixtures/python/runnable/epochs.py', 'utf8');
    writeFileSync(script, `${text}\nraise SystemExit("the script itself was run")\n`);
  });

  it('writes a model whose nodes know their lines, with a dynamic batch', async () => {
    const { status, stderr } = run(settings);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) as string });
    const document = await loadGraph(output);
    const lines = readFileSync(script, 'utf8').split('\n');
    const sources = (document.graphs[0]?.nodes ?? []).map(({ operator, source }) => [
      operator,
      source?.file === script ? lines[source.line - 1]?.trim() : source,
    ]);
    expect(Object.fromEntries(sources)).toMatchObject({
      Conv: 'x = self.relu(self.bn(self.conv(x)))',
      Relu: 'x = self.relu(self.bn(self.conv(x)))',
      Gemm: 'return self.fc(x.mean((2, 3)))',
    });
    expect(existsSync(`${output}.partial`)).toBe(false);
    rmSync(output);
  });

  it('loads a checkpoint, with the names that training wrappers add', () => {
    if (python === undefined) throw new Error(MISSING);
    const checkpoint = join(scratch, 'net.pt');
    writeFileSync(join(scratch, 'epochs.py'), readFileSync('test/fixtures/python/runnable/epochs.py'));
    const saver = [
      'import sys, torch, epochs',
      'state = {"module." + name: value for name, value in epochs.Net(4).state_dict().items()}',
      'torch.save({"state_dict": state}, sys.argv[1])',
    ];
    writeFileSync(join(scratch, 'saver.py'), saver.join('\n'));
    execFileSync(python, ['saver.py', checkpoint], { cwd: scratch });
    expect(run({ ...settings, checkpoint }).status).toBe(0);
    rmSync(output);
  });

  it('writes nothing where it fails, and says why', () => {
    const { status, stderr } = run({ ...settings, arguments: 'nothing=1' });
    expect(status).not.toBe(0);
    expect(String(stderr)).toContain("unexpected keyword argument 'nothing'");
    const missing = run({ ...settings, className: 'Missing' });
    expect(missing.status).toBe(1);
    expect(String(missing.stderr)).toContain('has no class Missing');
    expect(existsSync(output)).toBe(false);
  });
});
