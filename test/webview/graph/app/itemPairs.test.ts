import { describe, expect, it } from 'vitest';
import {
  followViewport,
  keepWidthInView,
  pairItems,
  proportionalViewport,
  sharedPoint,
} from '../../../../webview/graph/app/itemPairs';
import type { DisplayGraph, DisplayItem } from '../../../../webview/graph/model/display';
import type { Rect } from '../../../../webview/graph/scene/buildScene';

function item(key: string, change: Partial<DisplayItem> = {}): DisplayItem {
  return {
    key,
    kind: 'operator',
    parent: -1,
    expanded: false,
    expandable: false,
    title: key,
    name: key,
    category: 'other',
    rows: [],
    members: [],
    nodeCount: 0,
    ...change,
  };
}

function graph(...items: DisplayItem[]): DisplayGraph {
  return { items, edges: [] };
}

const node = (index: number): { graph: number; node: number } => ({ graph: 0, node: index });

describe('pairItems', () => {
  const partners = new Map([
    ['0/0', [node(5)]],
    ['0/1', [node(6), node(7)]],
  ]);

  it('pairs operators by their nodes, inputs by name and open groups by key', () => {
    const from = graph(
      item('i:0/0', { kind: 'input', name: 'image' }),
      item('g:0/a', { kind: 'group', expanded: true }),
      item('n:0/0', { members: [node(0)] }),
      item('n:0/1', { members: [node(1)] }),
      item('n:0/2', { members: [node(2)] }),
    );
    const to = graph(
      item('i:0/9', { kind: 'input', name: 'image' }),
      item('g:0/a', { kind: 'group', expanded: true }),
      item('n:0/5', { members: [node(5)] }),
      item('n:0/7', { members: [node(7)] }),
    );
    expect([...pairItems(from, to, partners)]).toEqual([
      ['i:0/0', 'i:0/9'],
      ['g:0/a', 'g:0/a'],
      ['n:0/0', 'n:0/5'],
      ['n:0/1', 'n:0/7'],
    ]);
  });

  it('pairs a node with the closed group that holds its partner', () => {
    const from = graph(item('n:0/0', { members: [node(0)] }));
    const to = graph(item('g:0/b', { kind: 'group', members: [node(4), node(5)] }));
    expect([...pairItems(from, to, partners)]).toEqual([['n:0/0', 'g:0/b']]);
  });
});

describe('followViewport', () => {
  const rects: Record<string, Rect> = {
    near: { x: 0, y: 100, width: 20, height: 20 },
    far: { x: 0, y: 900, width: 20, height: 20 },
  };
  const others: Record<string, Rect> = {
    near2: { x: 500, y: 300, width: 40, height: 20 },
    far2: { x: 500, y: 2000, width: 40, height: 20 },
  };
  const pairs = new Map([
    ['near', 'near2'],
    ['far', 'far2'],
    ['gone', 'gone2'],
  ]);
  const rectOf = (known: Record<string, Rect>) => (key: string) => known[key];

  it('puts the partner of the nearest item at the same place, at the same scale', () => {
    const followed = followViewport({ x: 15, y: 130, scale: 0.5 }, pairs, rectOf(rects), rectOf(others), {
      x: 15,
      y: 130,
    });
    expect(followed).toEqual({ x: 525, y: 330, scale: 0.5 });
  });

  it('prefers the item that is selected', () => {
    const followed = followViewport(
      { x: 15, y: 130, scale: 1 },
      pairs,
      rectOf(rects),
      rectOf(others),
      { x: 0, y: 0 },
      'far',
    );
    expect(followed).toEqual({ x: 525, y: 1230, scale: 1 });
  });

  it('follows by share where nothing is paired', () => {
    expect(
      followViewport({ x: 0, y: 0, scale: 1 }, new Map(), rectOf(rects), rectOf(others), { x: 0, y: 0 }),
    ).toBeUndefined();
    const from = { x: 0, y: 0, width: 100, height: 1000 };
    const to = { x: 0, y: 0, width: 300, height: 500 };
    expect(proportionalViewport({ x: 50, y: 250, scale: 2 }, from, to)).toEqual({ x: 150, y: 125, scale: 2 });
  });
});

describe('sharedPoint', () => {
  const drawing = { x: 0, y: 0, width: 100, height: 1000 };

  it('moves from the top of the view to its bottom while the drawing is walked through', () => {
    const at = (y: number): number => sharedPoint({ x: 50, y, scale: 2 }, drawing, 400).y;
    expect([at(100), at(500), at(900)]).toEqual([0, 500, 1000]);
  });

  it('is the middle where all is in view', () => {
    expect(sharedPoint({ x: 50, y: 500, scale: 0.1 }, drawing, 400)).toEqual({ x: 50, y: 500 });
  });
});

describe('keepWidthInView', () => {
  const drawing = { x: 0, y: 0, width: 100, height: 1000 };

  it('moves by the least that brings what is cut into view', () => {
    expect(keepWidthInView({ x: 0, y: 7, scale: 2 }, drawing, 300)).toEqual({ x: 25, y: 7, scale: 2 });
    expect(keepWidthInView({ x: 90, y: 7, scale: 2 }, drawing, 300).x).toBe(75);
    expect(keepWidthInView({ x: 50, y: 7, scale: 2 }, drawing, 300).x).toBe(50);
  });

  it('leaves a drawing alone that does not fit', () => {
    expect(keepWidthInView({ x: 0, y: 7, scale: 4 }, drawing, 300).x).toBe(0);
  });
});
