import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type { QuantizeParams } from '../../../src/protocol';
import { quantizeModel } from '../../../src/recipe/quantizeModel';
import { readRecipe } from '../../../src/recipe/recipeFile';
import type { RunContext } from '../../../src/recipe/runContext';
import { saveModel } from '../../../src/runtime/modelFile';
import { CancelledError } from '../../../src/util/pressError';
import type { Progress } from '../../../src/util/progress';
import { buildModel } from '../../fixtures/buildModel';

const SAMPLE = join(__dirname, '../../../media/sample');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-press-quantize-'));
  cpSync(SAMPLE, folder, { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function params(rest: Partial<QuantizeParams> & Pick<QuantizeParams, 'settings'>): QuantizeParams {
  return { model: join(folder, 'digits.onnx'), threads: 1, ...rest };
}

const data = (): { data: string; evaluationData: string } => ({
  data: join(folder, 'digits-calibration.dataset.json'),
  evaluationData: join(folder, 'digits-evaluation.dataset.json'),
});

function context(onProgress: (progress: Progress) => void = () => undefined, signal?: AbortSignal): RunContext {
  return { onProgress, signal: signal ?? new AbortController().signal, log: () => undefined };
}

const STATIC = { mode: 'static', calibrationSamples: 64 } as const;

describe('quantizeModel', () => {
  it('writes model, report and recipe, and reports what it measured', async () => {
    const before = files();
    const stages: string[] = [];
    const result = await quantizeModel(
      params({ ...data(), settings: { ...STATIC, exclude: ['nosuchnode'] } }),
      context(({ stage }) => stages.at(-1) === stage || stages.push(stage)),
    );
    expect(files().filter((file) => !before.includes(file))).toEqual([
      '.onnx-press/digits.int8/calibration.json',
      '.onnx-press/digits.int8/recipe.press.json',
      'digits.int8.onnx',
      'digits.int8.report.json',
    ]);
    const { report } = result;
    expect(JSON.parse(readFileSync(result.reportPath, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(report).toMatchObject({
      format: 'onnx-press-report',
      version: 1,
      kind: 'quantize',
      mode: 'static',
      uncalibrated: false,
      source: { path: join(folder, 'digits.onnx'), sizeBytes: readFileSync(join(folder, 'digits.onnx')).length },
      output: { path: result.outputPath, sizeBytes: readFileSync(result.outputPath).length },
      calibration: { method: 'mse', samples: 64 },
      skippedSamples: [],
    });
    expect(report.output.sizeBytes).toBeLessThan(report.source.sizeBytes * 0.4);
    expect(report.accuracy!.before.value).toBeGreaterThan(0.97);
    expect(report.accuracy!.changePoints).toBeGreaterThan(-1);
    expect(report.agreement!.value).toBeGreaterThan(0.98);
    expect(report.fidelity[0]!.sqnrDb).toBeGreaterThan(20);
    expect(report.latency!.speedup.median).toBeGreaterThan(0);
    expect(report.warnings.map(({ code }) => code)).toContain('unused-exclude');
    expect(Object.keys(report.timings).sort()).toEqual(['measure', 'normalise', 'quantize', 'read', 'verify']);
    expect(stages).toEqual(expect.arrayContaining(['read', 'calibrate', 'verify', 'measure', 'write']));
    expect(stages.at(-1)).toBe('write');
    const sources = new Set(report.mapping.map(({ source }) => source));
    const layers = report.quantized.filter(({ opType }) => opType === 'Conv' || opType === 'Gemm');
    expect(layers.length).toBeGreaterThan(5);
    for (const { node } of layers) expect(sources).toContain(node);
  });

  it('counts the calibration samples that could be read, and warns when few are left', async () => {
    const pictures = join(folder, 'pictures');
    mkdirSync(join(pictures, 'zero'), { recursive: true });
    for (let index = 0; index < 40; index++) {
      const path = join(pictures, 'zero', `${index}.png`);
      if (index < 20) writeFileSync(path, 'no picture');
      else
        await sharp({ create: { width: 28, height: 28, channels: 3, background: { r: index, g: 0, b: 0 } } }).toFile(
          path,
        );
    }
    const { report } = await quantizeModel(
      params({ ...data(), data: pictures, settings: { mode: 'static' } }),
      context(),
    );
    expect(report.calibration).toMatchObject({ samples: 20 });
    expect(report.warnings.find(({ code }) => code === 'few-samples')?.message).toContain('Only 20 samples');
  });

  it('keeps nodes in floating point with their weights in fp16', async () => {
    const settings = { ...STATIC, exclude: ['Gemm'] };
    const plain = await quantizeModel(params({ ...data(), settings }), context());
    const conv = plain.report.quantized.find(({ opType }) => opType === 'Conv')?.node ?? '';
    const { report } = await quantizeModel(
      params({ ...data(), settings: { ...settings, keepFp16: [conv] } }),
      context(),
    );
    const schemeOf = (node: string): string | undefined =>
      report.quantized.find((layer) => layer.node === node)?.scheme;
    expect(schemeOf(conv)).toBe('fp16 weights');
    expect(report.quantized.filter(({ scheme }) => scheme === 'fp16 weights')).toHaveLength(1);
    expect(report.kept.find(({ node }) => node === conv)).toBeUndefined();
    expect(report.kept.filter(({ opType }) => opType === 'Gemm').map(({ reason }) => reason)).toEqual([
      expect.stringContaining('Excluded'),
    ]);
    expect(report.warnings.filter(({ code }) => code === 'unused-exclude')).toEqual([]);
  });

  it('writes a recipe that gives the same model again', async () => {
    const first = await quantizeModel(params({ ...data(), settings: STATIC }), context());
    const again = await quantizeModel(readRecipe(first.report.recipePath).params as QuantizeParams, context());
    expect(again.outputPath).toBe(join(folder, 'digits.int8-2.onnx'));
    expect(readFileSync(again.outputPath).equals(readFileSync(first.outputPath))).toBe(true);
  });

  it.each<[QuantizeParams['settings'], string, number]>([
    [{ mode: 'weights', includeConv: true }, 'digits.w8.onnx', 0.35],
    [{ mode: 'fp16' }, 'digits.fp16.onnx', 0.55],
    [{ mode: 'fp16', fp16Compute: true }, 'digits.fp16.onnx', 0.55],
  ])('quantizes in the mode of %j', async (settings, name, largestShare) => {
    const { report } = await quantizeModel(params({ ...data(), settings }), context());
    expect(report.output.path).toBe(join(folder, name));
    expect(report.output.sizeBytes).toBeLessThan(report.source.sizeBytes * largestShare);
    expect(report.accuracy!.changePoints).toBeGreaterThan(-2);
    expect(report.calibration).toBeUndefined();
  });

  it.each(['read', 'calibrate', 'verify', 'measure'])('leaves nothing when it is cancelled at %s', async (at) => {
    const before = files();
    const controller = new AbortController();
    const running = quantizeModel(
      params({ ...data(), settings: STATIC }),
      context(({ stage }) => {
        if (stage === at) controller.abort();
      }, controller.signal),
    );
    await expect(running).rejects.toThrow(CancelledError);
    expect(files()).toEqual(before);
  });

  it('marks a model from generated inputs as uncalibrated and claims no accuracy', async () => {
    const { report } = await quantizeModel(params({ synthetic: true, settings: STATIC }), context());
    expect(report.uncalibrated).toBe(true);
    expect(report.accuracy).toBeUndefined();
    expect(report.warnings.map(({ code }) => code)).toContain('uncalibrated');
    expect(report.fidelity[0]!.sqnrDb).toBeGreaterThan(15);
  });

  it.each<[string, () => Promise<Partial<QuantizeParams>> | Partial<QuantizeParams>, string]>([
    ['a model that is not there', () => ({ model: join(folder, 'none.onnx') }), 'file-not-found'],
    ['no data', () => ({ data: undefined, evaluationData: undefined }) as Partial<QuantizeParams>, 'no-data'],
    ['data that is not there', () => ({ data: join(folder, 'none.dataset.json') }), 'file-not-found'],
    ['an output in a folder that is not there', () => ({ output: join(folder, 'none', 'a.onnx') }), 'file-not-found'],
    ['an output that exists', () => ({ output: join(folder, 'README.md') }), 'output-exists'],
    [
      'a model without anything to quantize',
      () => {
        const model = buildModel({
          inputs: { image: ['float32', ['batch', 1, 28, 28]] },
          outputs: { y: ['float32', ['batch', 1, 28, 28]] },
          nodes: [makeNode('Relu', 'relu', ['image'], ['y'])],
        });
        saveModel(model, join(folder, 'relu.onnx'));
        return { model: join(folder, 'relu.onnx') };
      },
      'nothing-to-quantize',
    ],
    ['convolutions alone in dynamic mode', () => ({ settings: { mode: 'dynamic' } }), 'nothing-to-quantize'],
    [
      'a file that is no model',
      () => {
        writeFileSync(join(folder, 'text.onnx'), 'This is a text.');
        return { model: join(folder, 'text.onnx') };
      },
      'malformed-model',
    ],
  ])('refuses %s and writes nothing', async (_, change, code) => {
    const all = { ...params({ ...data(), settings: STATIC }), ...(await change()) };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const before = files();
    await expect(quantizeModel(given as unknown as QuantizeParams, context())).rejects.toMatchObject({ code });
    expect(files()).toEqual(before);
  });

  it('refuses a large model without any layer before it loads it', async () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => makeNode('Relu', `relu${i}`, [`t${i}`], [`t${i + 1}`]));
    const model = buildModel({
      inputs: { t0: ['float32', [1, 8]] },
      outputs: { t20000: ['float32', [1, 8]] },
      nodes,
    });
    saveModel(model, join(folder, 'large.onnx'));
    const stages: string[] = [];
    const running = quantizeModel(
      { model: join(folder, 'large.onnx'), synthetic: true, settings: STATIC },
      context(({ stage }) => stages.push(stage)),
    );
    await expect(running).rejects.toMatchObject({ code: 'nothing-to-quantize' });
    expect(stages).toEqual(['read']);
  });

  it('says how to store convolutions where weights mode finds nothing else, and does it when asked', async () => {
    await expect(quantizeModel(params({ ...data(), settings: { mode: 'weights' } }), context())).rejects.toMatchObject({
      code: 'nothing-to-quantize',
      message: expect.stringContaining('Add --include-conv') as string,
      details: { option: 'includeConv' },
    });
    const settings = { mode: 'weights', includeConv: true } as const;
    const { report } = await quantizeModel(params({ ...data(), settings }), context());
    expect(report.warnings.map(({ code }) => code)).toContain('stored-convolutions');
    expect(report.quantized.some(({ opType }) => opType === 'Conv')).toBe(true);
  });

  it('warns when weights mode leaves convolutions that hold much of the model, and only then', async () => {
    const codes = async (channels: number): Promise<string[]> => {
      const model = buildModel({
        inputs: { x: ['float32', [1, channels, 4, 4]] },
        outputs: { y: ['float32', [1, channels, 4, 64]] },
        initializers: {
          c: { dims: [channels, channels, 3, 3], values: [0.1, -0.2, 0.3] },
          up: { dims: [4, 64], values: [1, -1, 0.5] },
          m: { dims: [64, 64], values: [0.5, -0.1, 0.3] },
        },
        nodes: [
          makeNode('Conv', 'conv', ['x', 'c'], ['h'], { pads: [1, 1, 1, 1] }),
          makeNode('MatMul', 'up', ['h', 'up'], ['u']),
          makeNode('MatMul', 'mix', ['u', 'm'], ['y']),
        ],
      });
      const path = join(folder, `mixed${channels}.onnx`);
      saveModel(model, path);
      const { report } = await quantizeModel(
        { model: path, synthetic: true, settings: { mode: 'weights' } },
        context(),
      );
      return report.warnings.map(({ code }) => code);
    };
    expect(await codes(32)).toContain('kept-convolutions');
    expect(await codes(8)).not.toContain('kept-convolutions');
  });

  it('refuses its own output as quantized already, in every mode that leaves integers', async () => {
    const { outputPath } = await quantizeModel(params({ ...data(), settings: STATIC }), context());
    for (const settings of [STATIC, { mode: 'dynamic' }, { mode: 'fp16' }] as const) {
      const again = quantizeModel(params({ ...data(), model: outputPath, settings }), context());
      await expect(again).rejects.toMatchObject({ code: 'already-quantized' });
    }
  });

  it('does not change the model that it was given', async () => {
    const before = readFileSync(join(folder, 'digits.onnx'));
    await quantizeModel(params({ ...data(), settings: { mode: 'fp16' } }), context());
    expect(readFileSync(join(folder, 'digits.onnx')).equals(before)).toBe(true);
  });

  it('takes the model back when a report of that name has appeared meanwhile', async () => {
    const report = join(folder, 'digits.int8.report.json');
    const running = quantizeModel(
      params({ ...data(), settings: STATIC }),
      context(({ stage }) => {
        if (stage === 'write' && !existsSync(report)) writeFileSync(report, 'mine');
      }),
    );
    await expect(running).rejects.toMatchObject({ code: 'output-exists' });
    expect(readFileSync(report, 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'digits.int8.onnx'))).toBe(false);
  });
});
