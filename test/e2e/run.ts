import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { installServer } from '../vscode/harness/installServer';
import { resultsFolder, selectedLane } from '../vscode/harness/lanes';
import { forgetResults, runMocha, verdict } from '../vscode/harness/mochaRun';
import { runMain } from '../vscode/harness/runMain';
import { chromiumPath } from '../vscode/harness/systemPackages';
import { picturesFolder } from './pictures';

const TEST_TIMEOUT_MS = 180_000;

/** Runs the tests that go a person's way through the packaged extension. */
runMain(async () => {
  const resultsFile = join(resultsFolder, 'e2e.json');
  forgetResults(resultsFile);
  rmSync(picturesFolder, { recursive: true, force: true });
  // Here, as what has to be installed the first time would take the time of the first test.
  installServer(selectedLane());
  chromiumPath();
  const { failed } = await runMocha(__dirname, resultsFile, TEST_TIMEOUT_MS);
  return verdict(failed === 0 ? 0 : 1, resultsFile);
});
