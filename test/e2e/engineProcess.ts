import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of the engines of this name that the extension below `extensionsFolder` has started. */
export function engineProcesses(extensionsFolder: string, name: 'reader' | 'runner'): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const commandLine = readCommandLine(pid);
      // Arguments are separated by zeros.
      return commandLine.includes(extensionsFolder) && commandLine.includes(`.js\0${name}\0`);
    })
    .map(Number);
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // The process has ended since the folder was read.
    return '';
  }
}
