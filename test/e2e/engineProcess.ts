import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of the engines that the extension below `extensionsFolder` has started. */
export function engineProcesses(extensionsFolder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const commandLine = readCommandLine(pid);
      return commandLine.includes(extensionsFolder) && commandLine.includes('engine.js');
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
