import { fork } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TrainParams } from '../../src/protocol';
import { checkpointPath } from '../../src/recipe/train/checkpointFile';
import { createRandom } from '../../src/util/random';
import { textTable } from '../../src/util/textTable';

/** Seen from out/bench/kill, where run.mjs builds this. */
const SAMPLE = join(__dirname, '..', '..', '..', 'media', 'sample');

const SAMPLES = 160;

interface Options {
  readonly kills: number;
  readonly epochs: number;
  readonly seed: number;
}

/** How a process of the training ended. */
interface Attempt {
  readonly seconds: number;
  /** When it told of its first step; undefined if it never did. */
  readonly firstStepSeconds?: number;
  /** The last step that it told of. */
  readonly reached: string;
  readonly resumed: boolean;
  readonly exitCode: number | null;
}

/** Kills one training again and again, resumes it each time, and holds its model against that of an undisturbed run. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const options = readOptions();
  const folder = mkdtempSync(join(tmpdir(), 'onnx-press-kill-'));
  try {
    cpSync(SAMPLE, folder, { recursive: true });
    const whole = training(folder, 'whole.onnx', options);
    const undisturbed = await attempt(whole, false);
    if (undisturbed.exitCode !== 0) throw new Error('The undisturbed training failed.');
    const killed = training(folder, 'killed.onnx', options);
    const attempts = await killAndResume(killed, undisturbed, options);
    const isSame = [whole, killed]
      .map(({ output }) => readFileSync(output))
      .every((bytes, _, [first]) => first?.equals(bytes) === true);
    const runs = readdirSync(join(folder, '.onnx-press'));
    const left = runs.filter((name) => !['whole', 'killed'].includes(name));
    const facts = {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      node: process.version,
      seed: options.seed,
      epochs: options.epochs,
      undisturbedSeconds: undisturbed.seconds,
    };
    if (json) console.log(JSON.stringify({ facts, attempts, isSame, left }));
    else {
      console.log(textTable([['killed after', 'at', 'began'], ...attempts.map(rowTexts)], ['right']));
      console.log(Object.values(facts).join('; '));
      console.log(isSame ? 'The models are the same, byte for byte.' : 'The models DIFFER.');
      if (left.length > 0) console.log(`Left behind in the folder of runs: ${left.join(', ')}.`);
    }
    if (!isSame) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowTexts({ seconds, reached, resumed, exitCode }: Attempt): string[] {
  const end = exitCode === 0 ? 'ended by itself' : `${seconds.toFixed(2)} s`;
  return [end, reached, resumed ? 'from the checkpoint' : 'anew'];
}

/**
 * The moments are drawn evenly between the start of the process and the time in which it makes a tenth of the training
 * for ten kills, so that it cannot end before the last of them.
 */
async function killAndResume(
  params: TrainParams & { output: string },
  { seconds, firstStepSeconds = 0 }: Attempt,
  { kills, seed }: Options,
): Promise<Attempt[]> {
  const random = createRandom(seed);
  const longest = firstStepSeconds + (seconds - firstStepSeconds) / kills;
  const attempts: Attempt[] = [];
  const hasCheckpoint = (): boolean => existsSync(checkpointPath(params.output));
  for (let kill = 0; kill < kills; kill++) {
    attempts.push(await attempt(params, hasCheckpoint(), random.next() * longest));
    if (attempts.at(-1)?.exitCode !== null) throw new Error(`The training ended before kill ${kill + 1}.`);
  }
  const last = await attempt(params, hasCheckpoint());
  if (last.exitCode !== 0) throw new Error('The training could not be resumed.');
  return [...attempts, last];
}

function training(folder: string, name: string, { epochs, seed }: Options): TrainParams & { output: string } {
  return {
    model: join(folder, 'digits.onnx'),
    data: join(folder, 'digits-calibration.dataset.json'),
    output: join(folder, name),
    // Short epochs, each of which ends with a checkpoint.
    limit: SAMPLES,
    workers: 2,
    threads: 1,
    seed,
    settings: {
      epochs,
      batchSize: 32,
      shards: 2,
      optimizer: 'adam',
      averageDecay: 0.9,
      augmentation: { cropPadding: 1, mixup: 0.2 },
    },
  };
}

/** Trains in a process, which is killed after so many seconds where they are given. */
function attempt(params: TrainParams, resume: boolean, killAfterSeconds?: number): Promise<Attempt> {
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1000;
  const child = fork(join(__dirname, 'runworker.js'), [JSON.stringify({ ...params, ...(resume ? { resume } : {}) })]);
  let reached = 'before the first step';
  let firstStepSeconds: number | undefined;
  child.on('message', (message) => {
    const { epoch, step } = message as { epoch: number; step: number }; // of runworker.ts
    firstStepSeconds ??= elapsed();
    reached = `epoch ${epoch}, step ${step}`;
  });
  const timer =
    killAfterSeconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterSeconds * 1000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => {
      clearTimeout(timer);
      const first = firstStepSeconds === undefined ? {} : { firstStepSeconds };
      resolve({ seconds: elapsed(), reached, resumed: resume, exitCode, ...first });
    });
  });
}

function readOptions(): Options {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      json: { type: 'boolean' },
      kills: { type: 'string', default: '10' },
      epochs: { type: 'string', default: '40' },
      seed: { type: 'string', default: '1' },
    },
  });
  return { kills: Number(values.kills), epochs: Number(values.epochs), seed: Number(values.seed) };
}
