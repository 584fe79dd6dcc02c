import type { TensorRef } from '../../../src/protocol';
import { tensorRefOf } from '../model/documentIndex';
import { planFolding } from '../model/folding';
import { weightsOfNodes, withBodies } from '../model/nodeWeights';
import type { GraphPane } from './pane';

/** Scalars and short vectors are never pruned; asking for each would only delay the others. */
const MIN_ELEMENTS = 64;

/** The weights of everything that is in view. */
export function visibleWeights({ model, display, view, element }: GraphPane): TensorRef[] {
  if (model === undefined || view === undefined) return [];
  const { x, y, scale } = view.viewport();
  const [halfWidth, halfHeight] = [element.clientWidth / 2 / scale, element.clientHeight / 2 / scale];
  const plan = planFolding(model.document);
  const found = new Map<number, TensorRef>();
  for (const item of display.items) {
    const rect = item.expanded ? undefined : view.itemRect(item.key);
    if (rect === undefined) continue;
    const isSeen =
      Math.abs(rect.x + rect.width / 2 - x) < halfWidth + rect.width / 2 &&
      Math.abs(rect.y + rect.height / 2 - y) < halfHeight + rect.height / 2;
    if (!isSeen) continue;
    for (const [tensor, { weight }] of weightsOfNodes(model.index, plan, withBodies(model.index, item.members))) {
      if (weight.elements >= MIN_ELEMENTS) found.set(tensor, tensorRefOf(model.index, tensor));
    }
  }
  return [...found.values()];
}
