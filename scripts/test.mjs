// Runs every check of the project in order and ends with the totals; the exit code is 1 when anything failed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

const unitResults = 'test-results/unit.json';

/** Each step with the file, if any, that it leaves its counts in. */
const steps = [
  { script: 'lint' },
  { script: 'typecheck' },
  { script: 'build' },
  {
    script: 'test:unit',
    args: ['--reporter=default', '--reporter=json', `--outputFile.json=${unitResults}`],
    results: unitResults,
  },
  { script: 'test:vscode', results: 'test-results/vscode.json' },
  { script: 'test:e2e', results: 'test-results/e2e.json' },
];

rmSync('test-results', { recursive: true, force: true });
let passed = 0;
let failed = 0;
const broken = [];
const failures = [];

for (const { script, args = [], results } of steps) {
  console.log(`\n== ${script}`);
  const start = Date.now();
  const { status } = spawnSync('npm', ['run', '--silent', script, '--', ...args], { stdio: 'inherit' });
  console.log(`== ${script}: ${status === 0 ? 'ok' : 'FAILED'} in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  const isMissing = results !== undefined && !existsSync(results);
  const isBroken = status !== 0 || isMissing;
  if (isBroken) broken.push(status === 0 ? `${script} (no results)` : script);
  const counts = results === undefined || isMissing ? {} : JSON.parse(readFileSync(results, 'utf8'));
  failures.push(...failuresOf(counts).map((failure) => `${script}: ${failure}`));
  const failedTests = counts.failed ?? counts.numFailedTests ?? 0;
  passed += counts.passed ?? counts.numPassedTests ?? 0;
  // A step can fail without a failed test: lint, or a suite that does not load. It counts as one.
  failed += isBroken ? Math.max(failedTests, 1) : failedTests;
}

// Said again at the end, where a log that was cut off at its beginning still has them.
if (failures.length > 0) console.log(`\n${failures.join('\n')}`);
if (broken.length > 0) console.log(`\nFailed steps: ${broken.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(broken.length === 0 && passed > 0 && failed === 0 ? 0 : 1);

/** A text for each test that failed, or file that did not load, from Vitest's results or those of the VS Code suites. */
function failuresOf({ testResults = [], tests = [] }) {
  const units = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed');
    if (tests.length > 0) return tests.map((test) => `${name}: ${test.fullName}\n${test.failureMessages.join('\n')}`);
    return status === 'failed' ? [`${name}: ${message}`] : [];
  });
  const suite = tests.filter((test) => test.error !== undefined).map((test) => `${test.title}\n${test.error}`);
  return [...units, ...suite];
}
