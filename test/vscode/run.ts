import { join } from 'node:path';
import { repositoryRoot, resultsFolder, selectedLane } from './harness/lanes';
import { forgetResults, verdict } from './harness/mochaRun';
import { runInWorkbench } from './harness/runInWorkbench';
import { runMain } from './harness/runMain';
import { copySample } from './harness/workspace';

const TIMEOUT_MS = 300_000;

/** Runs the suite inside the extension host of the VS Code server. */
async function main(): Promise<number> {
  const lane = selectedLane();
  const resultsFile = join(resultsFolder, 'vscode.json');
  forgetResults(resultsFile);
  const sample = copySample();
  try {
    const code = await runInWorkbench({
      folder: sample.folder,
      extensionPath: repositoryRoot,
      testsPath: join(__dirname, 'suite/index.js'),
      env: { ONNX_PRESS_TEST_RESULTS: resultsFile, ONNX_PRESS_EXPECTED_VSCODE: lane.vscode },
      timeoutMs: TIMEOUT_MS,
      name: 'vscode',
    });
    return verdict(code, resultsFile);
  } finally {
    sample.remove();
  }
}

runMain(main);
