import { join } from 'node:path';
import { resultsFolder } from '../vscode/harness/lanes';
import { forgetResults, runMocha, verdict } from '../vscode/harness/mochaRun';
import { runMain } from '../vscode/harness/runMain';

const TEST_TIMEOUT_MS = 180_000;

/** Runs the tests that go a person's way through the packaged extension. */
runMain(async () => {
  const resultsFile = join(resultsFolder, 'e2e.json');
  forgetResults(resultsFile);
  const { failed } = await runMocha(__dirname, resultsFile, TEST_TIMEOUT_MS);
  return verdict(failed === 0 ? 0 : 1, resultsFile);
});
