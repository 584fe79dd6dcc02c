import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from './systemPackages';

/**
 * The environment for an npm that works in another folder than the project's.
 * What npm hands to the scripts it runs would point it back here; install scripts are off, as they download from hosts
 * other than the registry.
 */
export function npmEnvironment(nodePath: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^npm_(package|lifecycle|command|config_local_prefix)/.test(name)) env[name] = value;
  }
  return {
    ...env,
    PATH: `${dirname(nodePath)}:${process.env['PATH'] ?? ''}`,
    npm_config_ignore_scripts: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_loglevel: 'error',
    npm_config_update_notifier: 'false',
    JOBS: 'max',
  };
}

/** Unpacks the npm package `spec` (`name@version`) into `target`, which must not exist, without its dependencies. */
export function unpackNpmPackage(spec: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), '.unpack-'));
  try {
    const env = npmEnvironment(process.execPath);
    const tarball = execFileSync('npm', ['pack', spec, '--silent'], { cwd: work, env, encoding: 'utf8' }).trim();
    execFileSync('tar', ['xzf', tarball], { cwd: work });
    renameSync(join(work, 'package'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The node-gyp that npm carries: it needs no package of its own, and honours `--nodedir`. */
export function nodeGypPath(): string {
  const inside = 'node_modules/node-gyp/bin/node-gyp.js';
  const npm = findProgram('npm');
  const clis = [process.env['npm_execpath'], npm === undefined ? undefined : realpathSync(npm)];
  for (const cli of clis) {
    if (cli === undefined) continue;
    const path = join(dirname(cli), '..', inside);
    if (existsSync(path)) return path;
  }
  throw new Error('npm with its own node-gyp was not found; run the tests through npm.');
}
