import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { baseModels, type BaseModel } from './baseModels';
import { runFuzz, type BadCase, type FuzzReport } from './fuzzRun';

/** Larger models would spend the time on calibration instead of on odd files. */
const MAX_MODEL_BYTES = 120_000;

/** Runs the fuzzer with the options of the command line; sets the exit code to 1 when a file was handled wrongly. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const { values } = parseArgs({
    strict: false,
    options: {
      count: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      models: { type: 'string' },
    },
  });
  const bases = [...baseModels(), ...(typeof values.models === 'string' ? smallModels(values.models) : [])];
  const report = await runFuzz({
    count: Number(values.count),
    seed: Number(values.seed),
    bases,
    workerPath: join(__dirname, 'worker.js'),
    onCase: (done, bad) => {
      const last = bad.at(-1);
      if (last?.index === done - 1) process.stderr.write(`${lineOf(last)}\n`);
      if (done % 100 === 0) process.stderr.write(`${done} files, ${bad.length} bad\n`);
    },
  });
  console.log(json ? JSON.stringify(report) : textOf(report));
  if (report.bad.length > 0) process.exitCode = 1;
}

function smallModels(folder: string): BaseModel[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.onnx') && statSync(join(folder, name)).size <= MAX_MODEL_BYTES)
    .map((name) => ({ name, model: new Uint8Array(readFileSync(join(folder, name))) }));
}

function textOf(report: FuzzReport): string {
  const codes = Object.entries(report.refusalsByCode).map(([code, count]) => `  ${code}: ${count}`);
  return [
    `${report.count} files in ${report.seconds.toFixed(0)} s: ${report.quantized} quantized, ${report.refused} refused, ${report.bad.length} bad.`,
    `inspect described ${report.inspected}. Refusals of quantize:`,
    ...codes,
    ...report.slowBases.map((name) => `Left out, slow as it is: ${name}`),
    ...report.bad.map(lineOf),
  ].join('\n');
}

function lineOf({ index, name, mode, problem }: BadCase): string {
  return `BAD #${index} ${name} (${mode}): ${problem}`;
}
