import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import type { Model } from '../../../../src/onnx/model';
import type { QuantizeResult } from '../../../../src/protocol';
import { activationDetails } from '../../../../src/recipe/graph/activationDetails';
import { graphMapping } from '../../../../src/recipe/graph/graphMapping';
import { inferGraphShapes } from '../../../../src/recipe/graph/inferGraphShapes';
import { loadGraph } from '../../../../src/recipe/graph/loadGraph';
import { overlayData } from '../../../../src/recipe/graph/overlayData';
import { profileGraph } from '../../../../src/recipe/graph/profileGraph';
import { sensitivityGraph } from '../../../../src/recipe/graph/sensitivityGraph';
import { quantizeModel } from '../../../../src/recipe/quantizeModel';
import { buildModel, sampleValues } from '../../../fixtures/buildModel';
import { createFolder, quietContext, refOf, saved } from './fixtures';

const folder = createFolder();

/** Two convolutions and a classifier; the last node has no name. */
function network(): Model {
  return buildModel({
    inputs: { x: ['float32', ['batch', 16, 8, 8]] },
    outputs: { scores: ['float32', ['batch', 10]] },
    initializers: {
      w1: { dims: [16, 16, 3, 3], values: sampleValues(2304, 1).map((value) => value / 6) },
      w2: { dims: [16, 16, 3, 3], values: sampleValues(2304, 2).map((value) => value / 6) },
      fc: { dims: [1024, 10], values: sampleValues(10240, 3).map((value) => value / 16) },
    },
    nodes: [
      makeNode('Conv', 'first', ['x', 'w1'], ['a'], { pads: [1, 1, 1, 1] }),
      makeNode('Relu', 'active', ['a'], ['b']),
      makeNode('Conv', 'second', ['b', 'w2'], ['c'], { pads: [1, 1, 1, 1] }),
      makeNode('Flatten', 'flat', ['c'], ['d']),
      makeNode('MatMul', '', ['d', 'fc'], ['scores']),
    ],
  });
}

describe('what a run leaves for the graph', () => {
  let model: string;
  let result: QuantizeResult;

  beforeAll(async () => {
    model = saved(folder, 'net.onnx', network());
    result = await quantizeModel(
      { model, synthetic: true, settings: { mode: 'static', calibration: 'percentile' }, threads: 1 },
      quietContext(),
    );
  });

  it('is the calibration of activations, for the original and for the quantized model', () => {
    const details = activationDetails(model, 'b');
    const range = result.report.ranges.find(({ tensor }) => tensor === 'b');
    expect(details).toMatchObject({
      tensor: 'b',
      samples: 16,
      minimum: 0,
      chosen: {
        method: 'percentile',
        dataType: 'uint8',
        minimum: range?.min,
        maximum: range?.max,
        scale: range?.scale,
      },
    });
    expect(details?.histogram.counts.reduce((a, b) => a + b, 0)).toBe(16 * 1024);
    expect(details?.methods.map(({ method }) => method)).toEqual([
      'minmax',
      'moving-average',
      'percentile',
      'entropy',
      'mse',
    ]);
    const [minmax, , percentile] = details?.methods ?? [];
    expect(minmax).toMatchObject({ minimum: 0, maximum: details?.maximum, clippedShare: 0 });
    // The method that was used chooses the same range again.
    expect(percentile).toMatchObject({ minimum: range?.min, maximum: range?.max });
    expect(percentile?.clippedShare).toBeGreaterThan(0);
    expect(percentile?.clippedShare).toBeLessThan(2e-4);
    expect(activationDetails(result.outputPath, 'b_float')).toEqual(details);
    expect(activationDetails(model, 'fc')).toBeNull();
  });

  it('is the clipped share of every node that makes a quantized tensor', async () => {
    const overlay = await overlayData(model, 'range');
    expect(Object.keys(overlay?.values ?? {}).sort()).toEqual(['active', 'flat', 'second']);
    expect(overlay?.values['active']?.detail).toMatch(/^\d+ of 16384 values lie outside 0 \.\. /);
    expect(overlay?.origin).toMatch(/^Calibrated by percentile on 16 samples/);
    const quantized = await overlayData(result.outputPath, 'range');
    expect(quantized?.values['active']).toEqual(overlay?.values['active']);
  });

  it('is the mapping of nodes, in both directions', () => {
    const forward = graphMapping(model, result.outputPath);
    const names = forward?.pairs.find(({ first }) => first[0] === 'MatMul_0')?.second;
    expect(names).toContain('MatMul_0');
    const backward = graphMapping(result.outputPath, model);
    expect(backward?.pairs.map(({ first, second }) => ({ first: second, second: first }))).toEqual(forward?.pairs);
    expect(graphMapping(model, saved(folder, 'stranger.onnx', network()))).toBeNull();
  });

  it('is not used for a model that has changed since', async () => {
    const path = saved(folder, 'changed.onnx', network());
    const run = await quantizeModel(
      { model: path, synthetic: true, settings: { mode: 'static' }, threads: 1 },
      quietContext(),
    );
    expect(activationDetails(path, 'b')).not.toBeNull();
    appendFileSync(path, Uint8Array.of(0x9a, 0x06, 0)); // an unknown field: still a model, but not the same
    expect(activationDetails(path, 'b')).toBeNull();
    expect(await overlayData(path, 'range')).toBeNull();
    expect(activationDetails(run.outputPath, 'b')).not.toBeNull();
  });

  it('gives nothing when its files are damaged', () => {
    const calibration = join(result.report.recipePath, '..', 'calibration.json');
    const whole = readFileSync(calibration, 'utf8');
    writeFileSync(calibration, whole.slice(0, 200));
    expect(activationDetails(model, 'b')).toBeNull();
    writeFileSync(calibration, whole);
  });

  it('shows weights of the quantized model by their real values', async () => {
    const { weightDetails } = await import('../../../../src/recipe/graph/weightDetails');
    const before = await weightDetails(model, refOf(await loadGraph(model), 'w2'));
    const after = await weightDetails(result.outputPath, refOf(await loadGraph(result.outputPath), 'w2_quantized'));
    expect(after.quantization).toMatchObject({ dataType: 'int8', axis: 0 });
    expect(after.maximum).toBeCloseTo(before.maximum, 2);
    expect(after.standardDeviation).toBeCloseTo(before.standardDeviation, 2);
  });
});

describe('shapes', () => {
  it('are inferred where the file does not say', async () => {
    const path = saved(folder, 'shapes.onnx', network());
    const { graphs } = await loadGraph(path);
    const { tensors } = await inferGraphShapes(path);
    const named = tensors.map(({ tensor, dims }) => [graphs[0]?.tensors[tensor]?.name, dims]);
    expect(Object.fromEntries(named)).toMatchObject({ a: ['batch', 16, 8, 8], c: ['batch', 16, 8, 8] });
  });

  it('are missing with a reason where ONNX Runtime refuses the model', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [makeNode('NoSuchOperator', 'n', ['x'], ['y'])],
    });
    const shapes = await inferGraphShapes(saved(folder, 'refused.onnx', model));
    expect(shapes).toMatchObject({ tensors: [], problem: expect.stringContaining('NoSuchOperator') });
  });
});

describe('latency', () => {
  it('is measured node by node and kept', async () => {
    const path = saved(folder, 'profiled.onnx', network());
    expect(await overlayData(path, 'latency')).toBeNull();
    const measured = await profileGraph({ path, runs: 5, threads: 1 }, quietContext());
    expect(measured.values['first']?.value).toBeGreaterThan(0);
    expect(measured.values['MatMul_0']?.value).toBeGreaterThan(0);
    // Relu runs inside the convolution before it.
    expect(measured.values['active']).toEqual({
      value: 0,
      detail: 'Runs as part of "first".',
      fusedInto: 'first',
    });
    expect(measured.origin).toMatch(/^Median of 5 runs on generated inputs, 1 thread/);
    expect(await overlayData(path, 'latency')).toEqual(measured);
    expect(readdirSync(join(folder, '.onnx-press', 'profiled'))).toEqual(['profile.json']);
  });

  it('stops when cancelled', async () => {
    const path = saved(folder, 'stopped.onnx', network());
    const context = { ...quietContext(), signal: AbortSignal.abort() };
    await expect(profileGraph({ path }, context)).rejects.toMatchObject({ name: 'CancelledError' });
    expect(await overlayData(path, 'latency')).toBeNull();
  });
});

describe('sensitivity', () => {
  it('goes on where it was interrupted', async () => {
    const path = saved(folder, 'sensitive.onnx', network());
    const params = { path, synthetic: true, samples: 8, threads: 1 };
    const controller = new AbortController();
    const interrupted = sensitivityGraph(params, {
      ...quietContext(),
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage === 'sensitivity' && done === 1) controller.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ name: 'CancelledError' });
    const part = await overlayData(path, 'sensitivity');
    expect(Object.keys(part?.values ?? {})).toEqual(['first']);
    expect(part?.origin).toContain('1 of 3 layers so far');
    const whole = await sensitivityGraph(params, quietContext());
    expect(Object.keys(whole.values).sort()).toEqual(['MatMul_0', 'first', 'second']);
    expect(whole.values['first']).toEqual(part?.values['first']);
    for (const { value } of Object.values(whole.values)) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(0.1);
    }
  });

  it('refuses to guess without data', async () => {
    const path = saved(folder, 'dataless.onnx', network());
    await expect(sensitivityGraph({ path }, quietContext())).rejects.toMatchObject({ code: 'no-data' });
  });
});
