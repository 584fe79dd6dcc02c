import { readFileSync } from 'node:fs';

/** The most resident memory that this process has had, as the kernel counts it (Linux: VmHWM). */
export function peakMegabytes(): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'ascii'));
  if (!line) throw new Error('The kernel does not say how much memory this process had at most.');
  return Number(line[1]) / 1024;
}
