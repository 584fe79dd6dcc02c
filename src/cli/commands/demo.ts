import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PressError } from '../../util/pressError';
import type { Command } from '../command';
import { quantizeOutput } from './quantize';
import { runParams } from './requestOptions';

/** Where the sample lies in a checkout and in the package. */
const SAMPLE = join('media', 'sample');

/** Quantizes the sample that comes along, into a folder of its own. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'Quantizes the sample model with its data into a temporary folder and shows before and after.',
  operands: [],
  options: {},
  examples: ['demo'],
  async run(options, context) {
    const sample = findSample(__dirname);
    const { quantizeModel } = await import('../../recipe/quantizeModel');
    const folder = mkdtempSync(join(tmpdir(), 'onnx-press-demo-'));
    try {
      const params = {
        model: join(sample, 'digits.onnx'),
        data: join(sample, 'digits-calibration.dataset.json'),
        evaluationData: join(sample, 'digits-evaluation.dataset.json'),
        output: join(folder, 'digits.int8.onnx'),
        settings: { mode: 'static' as const },
        ...runParams(options),
      };
      return quantizeOutput(await quantizeModel(params, context));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  },
};

/** The sample's folder, seen from the folder of the program or from one above it. */
function findSample(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, SAMPLE);
    if (existsSync(join(candidate, 'digits.onnx'))) return candidate;
    if (folder === dirname(folder)) {
      const where = join(start, '..', SAMPLE);
      throw new PressError(
        'file-not-found',
        `${where} was not found: the sample is not installed. Install onnx-press again.`,
        {
          path: where,
        },
      );
    }
  }
}
