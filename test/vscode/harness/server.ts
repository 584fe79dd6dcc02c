import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledServer } from './installServer';
import { addLanguagePack } from './languagePack';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** Settings that keep a fresh window still: nothing on screen but what a test asks for. */
const QUIET_SETTINGS = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'chat.disableAIFeatures': true,
  'editor.accessibilitySupport': 'off',
};

/** Where a server keeps its state and what it is told. */
export interface ServerOptions {
  /** Fresh folder for user data and sockets. */
  readonly dataFolder: string;
  /** Folder of installed extensions; made here, as VS Code loads no development extension when it is missing. */
  readonly extensionsFolder: string;
  /** User settings, over the quiet defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Display language, such as `zh-cn`; English without it. */
  readonly language?: string | undefined;
  /**
   * Lets the page run a suite in the extension host, which newer VS Code needs to be told.
   * It then shows no notifications, so it is not for tests that look at the window.
   */
  readonly runsSuite?: boolean;
  /** Environment variables for the server and the extension host. */
  readonly env?: NodeJS.ProcessEnv;
  /** File that gets the server's output. */
  readonly logFile: string;
}

/** A running VS Code server. */
export interface RunningServer {
  /** Address of the workbench, without a trailing slash. */
  readonly url: string;
  /** Ends the server with its extension hosts. */
  stop(): Promise<void>;
}

/** Starts the VS Code server on a free port of the loopback interface. Rejects when it is not up within a minute. */
export async function startServer(installed: InstalledServer, options: ServerOptions): Promise<RunningServer> {
  const userFolder = join(options.dataFolder, 'data', 'User');
  mkdirSync(userFolder, { recursive: true });
  mkdirSync(options.extensionsFolder, { recursive: true });
  writeFileSync(join(userFolder, 'settings.json'), JSON.stringify({ ...QUIET_SETTINGS, ...options.settings }));
  if (options.language !== undefined) addLanguagePack(options.dataFolder, options.language);
  const args = [
    ...[installed.serverMain, '--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
    ...['--accept-server-license-terms', '--telemetry-level', 'off'],
    ...(options.runsSuite === true ? ['--enable-smoke-test-driver'] : []),
    ...['--server-data-dir', options.dataFolder, '--extensions-dir', options.extensionsFolder],
    ...(options.language === undefined ? [] : ['--locale', options.language]),
  ];
  const child = spawn(installed.nodePath, args, {
    env: serverEnvironment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // its own process group, so that the extension hosts can be ended with it
  });
  const killGroup = () => signalGroup(child, 'SIGKILL');
  process.once('exit', killGroup);
  const stop = async (): Promise<void> => {
    await endGroup(child);
    process.off('exit', killGroup);
  };
  try {
    return { url: await readUrl(child, options.logFile), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Installs a VSIX into `extensionsFolder`, as the Extensions view does. */
export function installExtension(
  installed: InstalledServer,
  vsix: string,
  extensionsFolder: string,
  dataFolder: string,
): void {
  const args = ['--accept-server-license-terms', '--server-data-dir', dataFolder];
  execFileSync(
    installed.nodePath,
    [installed.serverMain, ...args, '--extensions-dir', extensionsFolder, '--install-extension', vsix],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

function serverEnvironment(options: ServerOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    // A terminal inside VS Code sets these, and they would steer the server to that window.
    if (!/^(VSCODE_|ELECTRON_RUN_AS_NODE$)/.test(name)) env[name] = value;
  }
  // Without it the server's sockets pile up in the temporary folder.
  return { ...env, XDG_RUNTIME_DIR: options.dataFolder, ...options.env };
}

function readUrl(child: ChildProcess, logFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new Error(`The VS Code server ${reason}.\n${output}`));
    };
    const timer = setTimeout(() => fail(`was not up after ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const read = (data: Buffer) => {
      appendFileSync(logFile, data);
      output += data.toString();
      const url = /(?:Web UI available at|HTTP server listening on)\s+(http:\/\/\S+?)\/?\s/.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('exit', (code) => fail(`ended with code ${code}`));
  });
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended by itself.
  }
}
