import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeVersion } from '../../src/runtime/session';
import { compareTools } from './compare';
import { compareLatency } from './latency';
import { compareMemory } from './memory';
import { compareMethods } from './methods';
import { readOptions, type BenchOptions } from './options';
import { missingPeer, peerVersions } from './processes';
import { comparisonText, latencyText, memoryText, methodsText } from './text';

/** Measures static quantization: against the peer, or by method, memory or latency as the options say. */
export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const options = readOptions();
  const needsPeer = options.topic === 'compare' || options.topic === 'latency';
  const missing = needsPeer ? missingPeer(options.python) : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'onnx-press-bench-'));
  try {
    const { rows, text } = measure(options, needsPeer && missing === undefined, folder);
    const facts = {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      threads: options.threads,
      ours: `onnxruntime-node ${runtimeVersion}, Node ${process.version}`,
      ...(needsPeer && missing === undefined ? { peer: peerVersions(options.python) } : {}),
    };
    const missingPeers = missing === undefined ? [] : [missing];
    if (json) console.log(JSON.stringify({ topic: options.topic, facts, rows, missingPeers }));
    else {
      for (const line of text) console.log(line);
      console.log(Object.values(facts).join('; '));
      for (const peer of missingPeers) console.log(`Missing peer: ${peer}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(
  options: BenchOptions,
  hasPeer: boolean,
  folder: string,
): { readonly rows: readonly object[]; readonly text: readonly string[] } {
  switch (options.topic) {
    case 'compare': {
      const rows = compareTools(options, hasPeer, folder);
      return { rows, text: comparisonText(rows) };
    }
    case 'methods': {
      const rows = compareMethods(options, folder);
      return { rows, text: methodsText(rows) };
    }
    case 'memory': {
      const rows = compareMemory(options, folder);
      return { rows, text: memoryText(rows) };
    }
    case 'latency': {
      const rows = compareLatency(options, hasPeer, folder);
      return { rows, text: latencyText(rows) };
    }
  }
}
