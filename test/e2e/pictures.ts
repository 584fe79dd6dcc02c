import { join } from 'node:path';
import { resultsFolder } from '../vscode/harness/lanes';

/** Where the pictures of the windows and the logs of their servers are kept. */
export const picturesFolder = join(resultsFolder, 'e2e');
