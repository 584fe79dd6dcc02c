import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { MetricCommand } from '../../../src/data/taskSchema';
import { createCommandMeter } from '../../../src/evaluate/commandMeter';
import type { TaskFigure } from '../../../src/evaluate/taskMeter';
import { CancelledError } from '../../../src/util/pressError';
import { isAlive } from '../../fixtures/isAlive';
import { temporaryFolder, writeFile } from '../data/fixtures';
import { floats, rowSample } from './fakes';

/** A metric that runs this script with Node. */
function metric(script: string, more: Partial<MetricCommand> = {}): MetricCommand {
  const command = writeFile(temporaryFolder(), 'metric.cjs', script);
  return { command, interpreter: process.execPath, ...more };
}

const samples = [rowSample([1], 0, 'a.png'), rowSample([2], 1, 'b.png')];
const value = floats([2, 2], [1, 2, 3, 4]);

async function measure(command: MetricCommand, modelCount = 1, signal?: AbortSignal): Promise<TaskFigure[]> {
  const meter = createCommandMeter(command, { modelCount, seed: 0 });
  try {
    const doubled = floats([2, 2], [2, 4, 6, 8]);
    await meter.add(samples, [{ y: value }, { y: doubled }].slice(0, modelCount));
    return await meter.finish(signal);
  } finally {
    await meter.dispose();
  }
}

/** Prints the first number of each row of y.npy, whose header takes 256 bytes. */
const FIRST_OF_ROW = `
  const fs = require('node:fs');
  const bytes = fs.readFileSync(process.argv.at(-1) + '/y.npy');
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 256, bytes.byteOffset + bytes.length));
  console.log(JSON.stringify({ first: [numbers[0], numbers[2]], count: 2 }));`;

describe('createCommandMeter', () => {
  it('gives a program the outputs and the samples, and reads its figures', async () => {
    const script = `
      const fs = require('node:fs');
      const folder = process.argv.at(-1);
      const { outputs, samples } = JSON.parse(fs.readFileSync(folder + '/samples.json', 'utf8'));
      const header = fs.readFileSync(folder + '/y.npy').toString('latin1', 10, 80);
      fs.writeFileSync('seen.json', JSON.stringify({ outputs, samples, header, argument: process.argv[2], folder }));
      console.log('working');
      console.log('{"wer": 0.25}');`;
    const command = metric(script, { arguments: ['--fast'] });
    expect(await measure(command)).toEqual([{ models: [{ name: 'wer', figure: { value: 0.25, count: 2 } }] }]);
    const seen = JSON.parse(readFileSync(join(dirname(command.command), 'seen.json'), 'utf8'));
    expect(seen).toMatchObject({
      outputs: [{ name: 'y', file: 'y' }],
      samples: [
        { index: 0, source: 'a.png', label: 0 },
        { index: 1, source: 'b.png', label: 1 },
      ],
      argument: '--fast',
    });
    expect(seen.header).toContain("'shape': (2, 2)");
    expect(existsSync(seen.folder)).toBe(false);
  });

  it('makes intervals and a paired change of figures by sample', async () => {
    const [first, count] = await measure(metric(FIRST_OF_ROW), 2);
    expect(first?.models.map(({ figure }) => figure)).toEqual([
      { value: 2, low: 1, high: 3, count: 2 },
      { value: 4, low: 2, high: 6, count: 2 },
    ]);
    expect(first?.change).toEqual({ value: 2, low: 1, high: 3, count: 2 });
    expect(count).toEqual({ models: [2, 2].map((each) => ({ name: 'count', figure: { value: each, count: 2 } })) });
  });

  it.each([
    ['console.error("no such word"); process.exit(3)', /failed with exit code 3\. It said: no such word/],
    ['console.log("hello")', /printed no JSON object such as .* but "hello"/],
    ['console.log("{}")', /printed no figure/],
    ['console.log(JSON.stringify({ wer: "high" }))', /printed "wer", which is neither a number nor a list of 2/],
  ])('says what is wrong with a program: %s', async (script, message) => {
    await expect(measure(metric(script))).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(message),
    });
  });

  it('says so when the program cannot be run, and when it takes too long', async () => {
    const missing = { command: join(temporaryFolder(), 'none') };
    await expect(measure(missing)).rejects.toThrow(/cannot be run: .*must be executable, or "interpreter"/);
    const slow = metric('setTimeout(() => {}, 60_000)', { timeoutSeconds: 1 });
    await expect(measure(slow)).rejects.toThrow(/took longer than 1 s/);
  });

  it('ends the program and what it started on cancel', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
      require('node:fs').writeFileSync('pid', String(child.pid));
      setTimeout(() => {}, 60_000);`;
    const command = metric(script);
    const controller = new AbortController();
    const running = measure(command, 1, controller.signal);
    const pidFile = join(dirname(command.command), 'pid');
    const pid = await vi.waitFor(() => {
      const text = readFileSync(pidFile, 'utf8');
      expect(text).not.toBe('');
      return Number(text);
    }, 10_000);
    controller.abort();
    await expect(running).rejects.toBeInstanceOf(CancelledError);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 5000);
  });

  it('writes a file a sample where shapes differ', async () => {
    const script = `
      const fs = require('node:fs');
      console.log(JSON.stringify({ files: fs.readdirSync(process.argv.at(-1) + '/output_0').length }));`;
    const meter = createCommandMeter(metric(script), { modelCount: 1, seed: 0 });
    for (const length of [1, 3]) {
      await meter.add([rowSample([1])], [{ 'a/b:0': floats([1, length], Array(length).fill(0)) }]);
    }
    expect((await meter.finish())[0]?.models[0]?.figure.value).toBe(2);
    await meter.dispose();
  });
});
