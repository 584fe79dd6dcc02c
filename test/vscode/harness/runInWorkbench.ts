import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format } from 'node:util';
import type { Page } from 'playwright-core';
import { launchBrowser, remoteUri, VIEWPORT, workbenchUrl } from './browser';
import { installServer } from './installServer';
import { resultsFolder, selectedLane } from './lanes';
import { startServer } from './server';

/** What VS Code itself says on the extension host's console while it starts without a network. */
const NOISE =
  /socket|connection token|open-vsx|Service Worker|builtin extensions cache|Chat(SessionStore|Model)|AgentHost|AccountPolicy|authentication provider|grace time|gallery/i;

/** Exit code of a run that never reported back, as `timeout` has it. */
const TIMED_OUT = 124;

/** Which extension to load and which tests to run in it. */
export interface WorkbenchRun {
  /** Folder that the window opens. */
  readonly folder?: string;
  /** Folder of the extension under development. */
  readonly extensionPath: string;
  /** Module with the exported function `run`. */
  readonly testsPath: string;
  /** Environment of the extension host; how tests get their parameters. */
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Base name of the log and the screenshot in `test-results/`. */
  readonly name: string;
}

/**
 * Loads a development extension in a real VS Code and runs its tests in the extension host.
 * Relays the extension host's console and resolves with the exit code, 124 when none came in time.
 */
export async function runInWorkbench(run: WorkbenchRun): Promise<number> {
  mkdirSync(resultsFolder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'onnx-press-vscode-'));
  const server = await startServer(installServer(selectedLane()), {
    dataFolder: join(scratch, 'data'),
    extensionsFolder: join(scratch, 'extensions'),
    runsSuite: true,
    env: run.env ?? {},
    logFile: join(resultsFolder, `${run.name}-server.log`),
  });
  try {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: VIEWPORT });
      const code = await driveWindow(page, server.url, run);
      await page.screenshot({ path: join(resultsFolder, `${run.name}-end.png`) });
      return code;
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function driveWindow(page: Page, server: string, run: WorkbenchRun): Promise<number> {
  await page.exposeFunction('codeAutomationLog', (_level: string, args: unknown[]) => {
    const line = format(...args);
    if (!NOISE.test(line)) console.log(line);
  });
  let reportExit: (code: number) => void = () => undefined;
  const exit = new Promise<number>((done) => (reportExit = done));
  await page.exposeFunction('codeAutomationExit', (code: number) => reportExit(code));
  const payload = [
    ['extensionDevelopmentPath', remoteUri(server, resolve(run.extensionPath))],
    ['extensionTestsPath', remoteUri(server, resolve(run.testsPath))],
    ['enableProposedApi', ''],
    ['skipWelcome', 'true'],
  ] as const;
  await page.goto(workbenchUrl(server, run.folder, payload));
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<number>((done) => {
    timer = setTimeout(() => {
      console.error(`The tests did not report back within ${run.timeoutMs} ms.`);
      done(TIMED_OUT);
    }, run.timeoutMs);
  });
  const code = await Promise.race([exit, timeout]);
  clearTimeout(timer);
  return code;
}
