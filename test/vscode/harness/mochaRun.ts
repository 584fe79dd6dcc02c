import Mocha from 'mocha';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How many tests of a run ended how. */
export interface RunCounts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs the mocha tests `*.test.js` of `folder` and writes their outcome to `resultsFile`.
 * `MOCHA_GREP` picks tests by title.
 */
export function runMocha(folder: string, resultsFile: string, timeoutMs: number): Promise<RunCounts> {
  const grep = process.env['MOCHA_GREP'];
  const mocha = new Mocha({ ui: 'bdd', color: false, reporter: 'spec', timeout: timeoutMs });
  if (grep !== undefined) mocha.grep(grep);
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(join(folder, file));
  return new Promise((resolve) => {
    const tests: { title: string; ms?: number | undefined; error?: string }[] = [];
    const runner = mocha.run((failed) => {
      const counts = { passed: runner.stats?.passes ?? 0, failed };
      mkdirSync(dirname(resultsFile), { recursive: true });
      writeFileSync(resultsFile, JSON.stringify({ ...counts, tests }, undefined, 2));
      resolve(counts);
    });
    runner.on('pass', (test) => tests.push({ title: test.fullTitle(), ms: test.duration }));
    runner.on('fail', (test, error: Error) => tests.push({ title: test.fullTitle(), error: error.message }));
  });
}

/** Removes what an earlier run left, so that a result that is read afterwards is this run's. */
export function forgetResults(resultsFile: string): void {
  rmSync(resultsFile, { force: true });
}

/** Exit code of a run: 0 only if it said so itself, wrote its results, passed tests and failed none. */
export function verdict(exitCode: number, resultsFile: string): number {
  if (!existsSync(resultsFile)) {
    console.error(`No results file was written: ${resultsFile}`);
    return exitCode === 0 ? 1 : exitCode;
  }
  // The file is written by runMocha.
  const { passed, failed } = JSON.parse(readFileSync(resultsFile, 'utf8')) as RunCounts;
  console.log(`${passed} passed, ${failed} failed`);
  return exitCode === 0 && passed > 0 && failed === 0 ? 0 : Math.max(exitCode, 1);
}
