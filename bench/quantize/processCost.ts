import { readFileSync } from 'node:fs';
import type { ProcessCost } from './tasks';

/** What this process has cost so far. */
export function processCost(stages: Readonly<Record<string, number>>): ProcessCost {
  const { user, system } = process.cpuUsage();
  return { peakMegabytes: peakMegabytes(), cpuSeconds: (user + system) / 1e6, stages };
}

/** The most resident memory that this process has had, as the kernel counts it (Linux: VmHWM). */
function peakMegabytes(): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'ascii'));
  if (!line) throw new Error('The kernel does not say how much memory this process had at most.');
  return Number(line[1]) / 1024;
}
