import type { GraphPrunedGroup } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import type { InspectorContext } from './context';
import { awaited, cutList, nodeLine, section } from './sections';

/** How many channels of a node the pruning removed, and the nodes that lost them with it; nothing for other models. */
export function prunedSection(node: string, context: InspectorContext): HTMLElement {
  return awaited(
    context,
    () => context.request('pruned', { node }),
    (groups) =>
      groups.length === 0
        ? []
        : [section(context.strings.channelsOfPruning, ...groups.flatMap((group) => groupLines(node, group, context)))],
  );
}

function groupLines(node: string, { group, nodes, channels, removed }: GraphPrunedGroup, context: InspectorContext) {
  const { strings, formats } = context;
  const text = fill(strings.channelsRemoved, formats.integer(removed), formats.integer(channels), group);
  return [element('p', {}, text), cutList(nodes, context, (name) => nodeLine(name, node, context))];
}
