import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A VS Code server as the npm package `code-server` carries it, and the Node.js release line that it is made for. */
export interface Lane {
  /** Version of the npm package `code-server`. */
  readonly codeServer: string;
  /** Version of VS Code inside. */
  readonly vscode: string;
  /** Node.js to fetch from npm where the running one is of another release line. */
  readonly node: string;
}

const LANES: readonly Lane[] = [
  { codeServer: '4.100.3', vscode: '1.100.3', node: '20.20.2' },
  { codeServer: '4.139.1', vscode: '1.139.1', node: '24.9.0' },
];

/** The root of the repository: bundled tests run from `out/`, and npm runs scripts from the root. */
export const repositoryRoot = findRoot(__dirname);

/** Where screenshots, logs and result files are kept. */
export const resultsFolder = join(repositoryRoot, 'test-results');

/**
 * The lane that `CODE_SERVER_VERSION` names; without it the oldest VS Code that the extension supports.
 * Throws when the version is unknown.
 */
export function selectedLane(): Lane {
  const wanted = process.env['CODE_SERVER_VERSION'] ?? LANES[0]!.codeServer;
  const lane = LANES.find((candidate) => candidate.codeServer === wanted);
  if (lane === undefined) {
    const known = LANES.map((candidate) => candidate.codeServer).join(', ');
    throw new Error(`CODE_SERVER_VERSION is ${wanted}; use one of ${known}.`);
  }
  return lane;
}

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package-lock.json'))) return folder;
    if (folder === resolve(folder, '..')) throw new Error(`No package-lock.json above ${from}.`);
  }
}
