import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { fill } from '../../ui/format';
import type { ChangeMark } from '../model/display';
import { edgesOf, type Scene } from '../scene/buildScene';
import { figureOf, type Decoration } from '../scene/decoration';

/** Says an item as a screen reader is to: operator, name, state, what it makes, the overlay's figure, the difference. */
export function describeItem(scene: Scene, index: number, decoration: Decoration, strings: GraphStrings): string {
  const item = scene.display.items[index];
  if (!item) return '';
  const made = [...edgesOf(scene.outgoing, index)].map((edge) => scene.display.edges[edge]?.label ?? '');
  const figure = figureOf(item, decoration);
  const mark = decoration.marks?.get(item.key);
  const parts = [
    item.title,
    item.name === item.title ? '' : item.name,
    item.expandable ? strings[item.expanded ? 'stateExpanded' : 'stateCollapsed'] : '',
    item.nodeCount > 1 ? fill(strings.nodes, String(item.nodeCount)) : '',
    ...new Set(made),
    figure ? `${decoration.overlay?.legend.title ?? ''}: ${figure.text}` : '',
    mark ? changeText(mark, strings) : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Says an edge: from where to where, type and shape, quantization. */
export function describeEdge(scene: Scene, index: number, strings: GraphStrings): string {
  const edge = scene.display.edges[index];
  if (!edge) return '';
  const title = (item: number): string => scene.display.items[item]?.title ?? '';
  const ends = fill(strings.edgeFromTo, title(edge.source), edge.targets.map(title).join(', '));
  return [ends, edge.label, edge.quantization?.text ?? ''].filter((part) => part !== '').join(', ');
}

function changeText(mark: ChangeMark, strings: GraphStrings): string {
  const texts = { added: strings.changeAdded, removed: strings.changeRemoved, changed: strings.changeChanged };
  return texts[mark];
}
