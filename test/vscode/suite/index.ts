import { runMocha } from '../harness/mochaRun';

const TEST_TIMEOUT_MS = 60_000;

/** What VS Code calls in the extension host; rejecting makes the run fail. */
export async function run(): Promise<void> {
  const resultsFile = process.env['ONNX_PRESS_TEST_RESULTS'];
  if (resultsFile === undefined) throw new Error('ONNX_PRESS_TEST_RESULTS is not set; start the suite with npm run.');
  const { failed } = await runMocha(__dirname, resultsFile, TEST_TIMEOUT_MS);
  if (failed > 0) throw new Error(`${failed} tests failed.`);
}
