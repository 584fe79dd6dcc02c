import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openQuantizeSamples, samplesOf } from '../../src/recipe/quantizeSamples';
import { createSession } from '../../src/runtime/session';
import type { ExportTask } from './tasks';

/** Names of element types in NumPy where they differ from ours. */
const NUMPY_TYPES: Readonly<Record<string, string>> = { bool: 'bool', float32: 'float32', float64: 'float64' };

/** Writes the calibration samples of a task as one raw array an input, with a description in samples.json. */
async function main(): Promise<void> {
  const { params, folder } = JSON.parse(process.argv[2] ?? '') as ExportTask; // written by processes.ts
  const session = await createSession(params.model);
  const { calibration } = await openQuantizeSamples(params, session.inputs);
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, number>();
  const inputs: Record<string, { file: string; type: string; dims: readonly number[] }> = {};
  let count = 0;
  for await (const sample of samplesOf(calibration, new AbortController().signal)) {
    for (const [name, { type, dims, data }] of Object.entries(sample.inputs)) {
      if (!ArrayBuffer.isView(data)) throw new Error(`Input "${name}" is of type ${type}, which cannot be exported.`);
      if (inputs[name] && inputs[name].dims.join() !== dims.join())
        throw new Error(`Input "${name}" changes its shape from sample to sample; the peer takes one shape.`);
      const file = `${Object.keys(inputs).indexOf(name) < 0 ? files.size : Object.keys(inputs).indexOf(name)}.bin`;
      inputs[name] ??= { file, type: NUMPY_TYPES[type] ?? type, dims };
      const descriptor = files.get(name) ?? openSync(join(folder, file), 'w');
      files.set(name, descriptor);
      writeSync(descriptor, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    count++;
  }
  for (const descriptor of files.values()) closeSync(descriptor);
  writeFileSync(join(folder, 'samples.json'), JSON.stringify({ count, inputs }));
  await session.release();
  console.log(JSON.stringify({ count }));
}

void main();
