import { runTests } from '@vscode/test-electron';
import { join } from 'node:path';
import { repositoryRoot, resultsFolder } from './harness/lanes';
import { forgetResults, verdict } from './harness/mochaRun';
import { runMain } from './harness/runMain';
import { copySample } from './harness/workspace';

/**
 * Runs the suite in a desktop VS Code: the one that `VSCODE_PATH` names, or a downloaded one.
 * `VSCODE_PATH=out/test/vscode/standIn.js` takes the VS Code server of `npm run test:vscode` for it.
 */
async function main(): Promise<number> {
  const resultsFile = join(resultsFolder, 'desktop.json');
  forgetResults(resultsFile);
  const sample = copySample();
  const installed = process.env['VSCODE_PATH'];
  try {
    const code = await runTests({
      ...(installed === undefined ? {} : { vscodeExecutablePath: installed }),
      extensionDevelopmentPath: repositoryRoot,
      extensionTestsPath: join(__dirname, 'suite/index.js'),
      launchArgs: [sample.folder, '--disable-extensions'],
      extensionTestsEnv: { ONNX_PRESS_TEST_RESULTS: resultsFile },
    }).catch((error: unknown) => {
      console.error(error);
      return 1;
    });
    return verdict(code, resultsFile);
  } finally {
    sample.remove();
  }
}

runMain(main);
