import { setImmediate } from 'node:timers/promises';
import { analyseScript } from '../../src/python/analysis';
import type { PythonParser } from '../../src/python/pythonParser';
import { readScript } from '../../src/python/script';
import { ScriptDocument } from '../../src/python/scriptDocument';
import { warmUp } from '../../src/python/warmUp';
import { quantile } from '../../src/util/stats';
import { createParser, longScript } from '../../test/fixtures/python/scripts';

const REPEATS = 100;

/** Times in milliseconds. */
interface Times {
  /** The very first script after the parser was loaded and warmed up. */
  readonly first: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
}

/** What passed on the clock, and what all threads of the process computed meanwhile. */
interface Measured {
  readonly wallMs: Times;
  readonly cpuMs: Times;
}

/** Measures what lenses cost on a script of 3,000 lines: parsed as a whole, and again after a key was pressed. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const loadStarted = performance.now();
  const parser = await createParser();
  const warmUpStarted = performance.now();
  await warmUp(parser, () => setImmediate());
  const load = { loadMs: warmUpStarted - loadStarted, warmUpMs: performance.now() - warmUpStarted };
  const text = longScript();
  const lineCount = text.split('\n').length;
  const whole = measure(() => analyseWhole(parser, text));
  const edited = measure(typing(parser, text));
  if (json) {
    console.log(JSON.stringify({ lineCount, ...load, whole, edited }));
    return;
  }
  console.log(`parser loaded in ${load.loadMs.toFixed(1)} ms, warmed up in ${load.warmUpMs.toFixed(1)} ms`);
  print(`${lineCount} lines, parsed as a whole`, whole);
  print('after a change of one character', edited);
}

function analyseWhole(parser: PythonParser, text: string): void {
  const tree = parser.parse(text);
  analyseScript(readScript(tree, text));
  tree.delete();
}

/** One more space at the start of a line in the middle of the script each time. */
function typing(parser: PythonParser, text: string): () => void {
  const document = new ScriptDocument(parser, text);
  document.analyse();
  const line = Math.floor(text.split('\n').length / 2);
  const offset = text.split('\n').slice(0, line).join('\n').length + 1;
  const start = { line, column: 0 };
  let current = text;
  return () => {
    current = `${current.slice(0, offset)} ${current.slice(offset)}`;
    document.change([{ offset, length: 0, text: ' ', start, end: start }], current);
    document.analyse();
  };
}

function measure(work: () => void): Measured {
  const all = Array.from({ length: REPEATS }, () => {
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    work();
    const wallMs = performance.now() - started;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wallMs, cpuMs: (user + system) / 1000 };
  });
  return { wallMs: timesOf(all.map(({ wallMs }) => wallMs)), cpuMs: timesOf(all.map(({ cpuMs }) => cpuMs)) };
}

function timesOf(times: readonly number[]): Times {
  return { first: times[0] ?? NaN, min: Math.min(...times), median: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

function print(title: string, { wallMs, cpuMs }: Measured): void {
  console.log(`${title}:`);
  console.log(`  clock:     ${timesText(wallMs)}`);
  console.log(`  processor: ${timesText(cpuMs)}`);
}

function timesText({ first, min, median, p95 }: Times): string {
  return `first ${first.toFixed(1)} ms, least ${min.toFixed(1)} ms, median ${median.toFixed(1)} ms, 95th percentile ${p95.toFixed(1)} ms`;
}
