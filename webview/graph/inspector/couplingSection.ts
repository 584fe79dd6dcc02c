import type { GraphCoupledGroup } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { coupledNodes, nodeCoupling, type NodeCoupling } from '../model/nodeCoupling';
import { COUPLED_SIGN } from '../scene/categories';
import type { InspectorContext } from './context';
import { awaited, cutList, hint, nodeLine, section } from './sections';

/** A node behind many concatenations has channels of dozens of groups; of so many it is said what is in them. */
const MAX_GROUPS = 3;

/** Which nodes lose channels with a node of the main graph, and why none of them does; nothing where that is not known. */
export function couplingSection(node: string, context: InspectorContext): HTMLElement {
  return awaited(context, context.coupling, (coupling) => {
    const found = coupling === null ? undefined : nodeCoupling(coupling, node);
    return found === undefined ? [] : [section(context.strings.coupledChannels, ...coupledLines(node, found, context))];
  });
}

function coupledLines(node: string, { relation, groups, inputs }: NodeCoupling, context: InspectorContext): Node[] {
  const { strings, formats } = context;
  const rest = groups.length - MAX_GROUPS;
  const lines = groups.slice(0, MAX_GROUPS).flatMap((group) => groupLines(node, group, relation, context));
  if (rest > 0) lines.push(hint(fill(strings.moreGroups, formats.integer(rest))));
  if (inputs.length > 0) {
    const makers = cutList(inputs, context, ({ group, makers: [maker = group], channels }) =>
      nodeLine(maker, node, context, fill(strings.channelCount, formats.integer(channels))),
    );
    lines.push(element('p', {}, strings.otherInputChannels), makers);
  }
  return lines;
}

function groupLines(
  node: string,
  group: GraphCoupledGroup,
  relation: NodeCoupling['relation'],
  context: InspectorContext,
): HTMLElement[] {
  const { strings, formats } = context;
  const texts = { makes: strings.channelsMade, passes: strings.channelsPassed, reads: strings.channelsRead };
  const { channels, protection } = group;
  const reason = protection === undefined ? '' : ` ${fill(strings.channelsKept, protection)}`;
  const count = element('p', {}, fill(texts[relation], formats.integer(channels)) + reason);
  const others = coupledNodes(group, node);
  if (others.length === 0) return [count, hint(strings.coupledToNothing)];
  const coupled = protection === undefined ? strings.prunedTogether : strings.keptTogether;
  const text = fill(coupled, formats.integer(others.length), COUPLED_SIGN);
  return [count, element('p', {}, text), cutList(others, context, (name) => nodeLine(name, node, context), text)];
}
