import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The programs that the tests need beside Node.js, each with the Debian package that brings it. */
const PROGRAMS = { chromium: 'chromium', 'g++': 'g++', make: 'make', python3: 'python3' } as const;

/** A program that {@link requirePrograms} knows how to install. */
export type Program = keyof typeof PROGRAMS;

/**
 * Makes sure that the named programs are on the PATH: installs their Debian packages when apt-get can be used as root.
 * Otherwise throws an error that holds the one command to run.
 */
export function requirePrograms(programs: readonly Program[]): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((program) => PROGRAMS[program]);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const isRoot = process.getuid?.() === 0;
  if (isRoot && findProgram('apt-get') !== undefined) {
    console.log(`Installing Debian packages: ${packages.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // One after the other where several processes of tests need a program; the second finds it installed.
    const lock = join(tmpdir(), 'onnx-press-packages.lock');
    const script = `apt-get update; apt-get ${install.join(' ')}`;
    execFileSync('flock', [lock, 'sh', '-c', script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    return;
  }
  throw new Error(
    `The tests in VS Code need ${missing.join(', ')}. Run: sudo apt-get ${install.join(' ')}` +
      (missing.includes('chromium') ? ' (or set CHROMIUM to a Chromium or Chrome executable)' : ''),
  );
}

/** The Chromium that the tests drive: `CHROMIUM`, or one from the PATH, installed when missing. */
export function chromiumPath(): string {
  const given = process.env['CHROMIUM'];
  if (given !== undefined) return given;
  requirePrograms(['chromium']);
  return findProgram('chromium')!;
}

/** The full path of an executable on the PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}
