import type { GraphProfileParams, OverlayData, OverlayValue } from '../../protocol';
import { median } from '../../util/stats';
import { assignProfile, type ProfileAssignment } from '../profileAssignment';
import { profileRuns, type BatchProfile } from '../profileRuns';
import type { RunContext } from '../runContext';
import { overlayOf, readMeasurement, writeMeasurement } from './measurementFile';
import { withGraph } from './openGraph';

/** Members of a fused node that are named in its detail. */
const MAX_NAMED = 4;

/**
 * Measures how long every node of a model takes, by ONNX Runtime's own clock on generated inputs, and keeps the result
 * in the run folder of the model. The time of a fused kernel goes to the node that does its work; the nodes that became
 * part of it have none and say so. Throws `model-does-not-run`, `unknown-shape` and what reading a model throws.
 */
export function profileGraph(params: GraphProfileParams, context: RunContext): Promise<OverlayData> {
  return withGraph(params.path, async ({ file, graph: { document } }) => {
    const { batches, fusions } = await profileRuns(params, { file, document }, context);
    const [{ profile }] = batches as readonly [BatchProfile]; // there is always one batch size
    const assignment = assignProfile(profile, fusions);
    const values = overlayValues(assignment);
    const total = median(assignment.totalMs);
    const unassigned = assignment.added.reduce((sum, { ms }) => sum + median(ms), 0);
    const share = total > 0 ? Math.round((unassigned / total) * 100) : 0;
    const threads = params.threads === 1 ? '1 thread' : params.threads ? `${params.threads} threads` : 'all threads';
    writeMeasurement(params.path, 'latency', {
      settings: JSON.stringify({ threads: params.threads ?? 0 }),
      complete: true,
      origin: `Median of ${profile.runMs.length} runs on generated inputs, ${threads}, ${new Date().toISOString().slice(0, 10)}: ${total.toFixed(2)} ms in all nodes, ${share} % of it in conversions that belong to no node.`,
      values,
    });
    const written = readMeasurement(params.path, 'latency');
    return written ? overlayOf(written) : { overlay: 'latency', values, origin: '' };
  });
}

function overlayValues({ nodes, fusedInto }: ProfileAssignment): OverlayData['values'] {
  const values = new Map<string, OverlayValue>();
  for (const [member, host] of fusedInto) {
    values.set(member, { value: 0, detail: `Runs as part of "${host}".`, fusedInto: host });
  }
  for (const [node, { ms, members }] of nodes) {
    values.set(node, { value: median(ms), ...(members.length > 0 ? { detail: memberText(members) } : {}) });
  }
  return Object.fromEntries(values);
}

function memberText(members: readonly string[]): string {
  const named = members.slice(0, MAX_NAMED).map((name) => `"${name}"`);
  const more = members.length - named.length;
  return `Includes ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}, which run as one kernel with it.`;
}
