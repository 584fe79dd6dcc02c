import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { PressError } from '../util/pressError';
import { median } from '../util/stats';

/** What a profile says of one node of the optimised graph. */
export interface NodeTime {
  readonly name: string;
  readonly operator: string;
  /** Milliseconds a run, the median over the runs; of a node in a loop, all its turns together. */
  readonly ms: number;
}

const NODE_ENDING = '_kernel_time';

/**
 * Reads a profile that ONNX Runtime wrote, one event a line, without the first `warmup` runs.
 * Throws `file-access` for a file that is no such profile.
 */
export async function readProfile(path: string, warmup: number): Promise<NodeTime[]> {
  const operators = new Map<string, string>();
  const runs: Map<string, number>[] = [];
  let current = new Map<string, number>();
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) {
    const event = parseEvent(line, path);
    if (!event) continue;
    if (event.cat === 'Session' && event.name === 'model_run') {
      runs.push(current);
      current = new Map();
    } else if (event.cat === 'Node' && event.name.endsWith(NODE_ENDING)) {
      const name = event.name.slice(0, -NODE_ENDING.length);
      operators.set(name, event.args?.op_name ?? '');
      current.set(name, (current.get(name) ?? 0) + event.dur / 1000);
    }
  }
  const counted = runs.slice(warmup);
  return [...operators].map(([name, operator]) => ({
    name,
    operator,
    ms: counted.length > 0 ? median(counted.map((run) => run.get(name) ?? 0)) : 0,
  }));
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** Lines are `[`, events with a comma behind, and `]`. */
function parseEvent(line: string, path: string): ProfileEvent | undefined {
  const text = line.replace(/,\s*$/, '').trim();
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as ProfileEvent; // written by ONNX Runtime in this very process
  } catch (error) {
    throw new PressError('file-access', `${path} is not a profile of ONNX Runtime.`, { path }, { cause: error });
  }
}
