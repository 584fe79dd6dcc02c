import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { PressError } from '../util/pressError';

/** What a profile says of one node of the optimised graph. */
export interface NodeRuns {
  readonly name: string;
  readonly operator: string;
  /** What ran it, as ONNX Runtime calls it: `CPUExecutionProvider`. */
  readonly provider: string;
  /** Milliseconds in each run; of a node in a loop, all its turns together. */
  readonly ms: readonly number[];
  /** Kernels that the profiler timed for it in each run: its own turns, and within those the nodes of its subgraphs. */
  readonly kernels: readonly number[];
  readonly nested: readonly number[];
}

/** What a profile says of all runs of a session. */
export interface Profile {
  readonly nodes: readonly NodeRuns[];
  /** Milliseconds of each whole run. */
  readonly runMs: readonly number[];
}

const NODE_ENDING = '_kernel_time';
/** Operators whose time holds that of the nodes in their subgraphs. */
const HOLDERS = new Set(['If', 'Loop', 'Scan', 'BeamSearch', 'GreedySearch', 'Sampling']);

/**
 * Reads a profile that ONNX Runtime wrote, one event a line. Nodes of subgraphs are left out: they are in the time of the
 * node that holds them. Throws `file-access` for a file that is no such profile.
 */
export async function readProfile(path: string): Promise<Profile> {
  const nodes = new Map<string, Omit<NodeRuns, 'name'> & Record<'ms' | 'kernels' | 'nested', number[]>>();
  const runMs: number[] = [];
  let current: { readonly event: ProfileEvent; readonly nested: number }[] = [];
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) {
    const event = parseEvent(line, path);
    if (event?.cat === 'Session' && event.name === 'model_run') {
      const run = runMs.length;
      for (const { event: each, nested } of current) {
        const name = each.name.slice(0, -NODE_ENDING.length);
        const { op_name: operator = '', provider = '' } = each.args ?? {};
        const node = nodes.get(name) ?? { operator, provider, ms: [], kernels: [], nested: [] };
        node.ms[run] = (node.ms[run] ?? 0) + each.dur / 1000;
        node.kernels[run] = (node.kernels[run] ?? 0) + 1;
        node.nested[run] = (node.nested[run] ?? 0) + nested;
        nodes.set(name, node);
      }
      runMs.push(event.dur / 1000);
      current = [];
    } else if (event?.cat === 'Node' && event.name.endsWith(NODE_ENDING)) {
      // A holder is written after what it holds.
      const isHolder = HOLDERS.has(event.args?.op_name ?? '');
      const held = isHolder ? current.filter((each) => each.event.ts >= event.ts) : [];
      if (isHolder) current = current.filter((each) => each.event.ts < event.ts);
      current.push({ event, nested: held.reduce((sum, { nested }) => sum + 1 + nested, 0) });
    }
  }
  return {
    nodes: [...nodes].map(([name, { operator, provider, ms, kernels, nested }]) => {
      const byRun = (values: readonly number[]): number[] => Array.from(runMs, (_, run) => values[run] ?? 0);
      return { name, operator, provider, ms: byRun(ms), kernels: byRun(kernels), nested: byRun(nested) };
    }),
    runMs,
  };
}

/** The part of a profile between two runs. */
export function runsBetween({ nodes, runMs }: Profile, start: number, end: number): Profile {
  const part = (values: readonly number[]): number[] => values.slice(start, end);
  return {
    nodes: nodes.map((node) => ({
      ...node,
      ms: part(node.ms),
      kernels: part(node.kernels),
      nested: part(node.nested),
    })),
    runMs: part(runMs),
  };
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
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
