import { describe, expect, it } from 'vitest';
import { buildScene, itemRect } from '../../../../webview/graph/scene/buildScene';
import { hitTest } from '../../../../webview/graph/scene/hitTest';
import { METRICS } from '../../../../webview/graph/scene/measure';
import { nextItem, type Step } from '../../../../webview/graph/scene/navigate';
import { relationsOf } from '../../../../webview/graph/scene/relations';
import { columnScene, edge, item, sampleGraph } from './columnScene';

const scene = columnScene(sampleGraph());
const at = (key: string): number => scene.itemByKey.get(key)!;
const keyOf = (index: number | undefined): string | undefined =>
  index === undefined ? undefined : scene.display.items[index]?.key;

describe('hitTest', () => {
  it('tells blocks, signs, titles and grounds of containers, wires and labels apart', () => {
    const conv = itemRect(scene, at('n:0/0'));
    const group = itemRect(scene, at('g:0/layer1'));
    const closed = itemRect(scene, at('g:0/layer2'));
    const wire = scene.layout.points.subarray(0, 2);
    const label = scene.layout.labels.subarray(2, 4);
    const hits = [
      hitTest(scene, conv.x + 5, conv.y + 5, 2),
      hitTest(scene, group.x + 5, group.y + 5, 2),
      hitTest(scene, group.x + group.width - 5, group.y + METRICS.containerHeader - 2, 2),
      hitTest(scene, group.x + 5, group.y + group.height - 5, 2),
      hitTest(scene, closed.x + 5, closed.y + 5, 2),
      hitTest(scene, closed.x + 5, closed.y + METRICS.titleHeight + 5, 2),
      hitTest(scene, wire[0]! + 1, wire[1]! + 10, 2),
      hitTest(scene, label[0]!, label[1]!, 2),
      hitTest(scene, -500, -500, 2),
    ];
    expect(hits).toEqual([
      { kind: 'item', item: at('n:0/0'), part: 'title' },
      { kind: 'item', item: at('g:0/layer1'), part: 'toggle' },
      { kind: 'item', item: at('g:0/layer1'), part: 'title' },
      { kind: 'item', item: at('g:0/layer1'), part: 'ground' },
      { kind: 'item', item: at('g:0/layer2'), part: 'toggle' },
      { kind: 'item', item: at('g:0/layer2'), part: 'title' },
      { kind: 'edge', edge: 0 },
      { kind: 'edge', edge: 1 },
      undefined,
    ]);
  });

  it('takes the nearer of two wires', () => {
    const { points, pieceStarts, pieceInLane } = scene.layout;
    const lane = pieceInLane.indexOf(1);
    const start = pieceStarts[lane]!;
    const [x, y] = [points[2 * (start + 2)]!, points[2 * (start + 2) + 1]! + 30];
    expect(hitTest(scene, x + 3, y, 5)).toEqual({ kind: 'edge', edge: scene.layout.pieceEdges[lane] });
    expect(hitTest(scene, x + 9, y, 5)).toBeUndefined();
  });
});

describe('nextItem', () => {
  const walk = (from: string, ...steps: readonly Step[]): string | undefined =>
    keyOf(steps.reduce<number | undefined>((current, step) => nextItem(scene, current, step), at(from)));

  it('goes along edges, in and out of containers, to the input and the output', () => {
    expect(walk('i:0/0', 'down')).toBe('n:0/0');
    expect(walk('n:0/0', 'down')).toBe('n:0/1');
    expect(walk('n:0/5', 'up')).toBe('g:0/layer2');
    expect(walk('g:0/layer1', 'down')).toBe('n:0/0');
    expect(walk('n:0/5', 'first')).toBe('i:0/0');
    expect(walk('i:0/0', 'last')).toBe('o:0/9');
    expect(walk('o:0/9', 'down')).toBeUndefined();
    expect(walk('g:0/layer1', 'up')).toBeUndefined();
  });

  it('starts at the input', () => {
    expect(keyOf(nextItem(scene, undefined, 'down'))).toBe('i:0/0');
  });

  it('goes to neighbours at the same height', () => {
    const row = columnScene({ items: [item('a'), item('b'), item('c')], edges: [] });
    [0, 100, 200].forEach((x, i) => row.layout.boxes.set([x, 0, 72, 24], 4 * i));
    const placed = columnSceneOf(row);
    expect(nextItem(placed, 0, 'right')).toBe(1);
    expect(nextItem(placed, 2, 'left')).toBe(1);
    expect(nextItem(placed, 2, 'right')).toBeUndefined();
    expect(nextItem(placed, 0, 'left')).toBeUndefined();
  });
});

describe('relationsOf', () => {
  it('lights the whole way of the wires at an item', () => {
    const { pieces, items } = relationsOf(scene, [at('n:0/5')], []);
    expect([...pieces].map((piece) => scene.layout.pieceEdges[piece])).toEqual([4, 2, 3]);
    expect([...items].map(keyOf)).toEqual(['n:0/5', 'o:0/9', 'n:0/1', 'g:0/layer2']);
  });

  it('lights only what goes in and comes out of an open container', () => {
    const { pieces } = relationsOf(scene, [at('g:0/layer1')], []);
    expect([...new Set([...pieces].map((piece) => scene.layout.pieceEdges[piece]))].sort()).toEqual([0, 2]);
  });

  it('lights all of an edge', () => {
    expect([...relationsOf(scene, [], [2]).items].map(keyOf)).toEqual(['n:0/1', 'g:0/layer2', 'n:0/5']);
  });

  it('takes an edge to itself without harm', () => {
    const loop = columnScene({ items: [item('a')], edges: [edge(0, [0])] });
    expect([...relationsOf(loop, [0], []).items]).toEqual([0]);
    expect(nextItem(loop, 0, 'down')).toBeUndefined();
  });
});

/** The scene again, after its boxes were moved. */
function columnSceneOf(moved: ReturnType<typeof columnScene>): ReturnType<typeof columnScene> {
  return buildScene(moved.display, { ...moved.layout, width: 300 }, []);
}
