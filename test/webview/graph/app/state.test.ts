import { describe, expect, it } from 'vitest';
import { restoreState, type PanelState } from '../../../../webview/graph/app/state';

const saved: PanelState = {
  version: 1,
  token: 'panel-1',
  sides: [
    {
      graph: 2,
      expanded: ['g:0/layer1'],
      raw: true,
      selection: 'n:0/4',
      viewport: { x: 120, y: -40, scale: 0.75 },
    },
  ],
  overlay: 'size',
  inspectorOpen: false,
  inspectorSize: 280,
  inspectorHeight: 320,
  tableOpen: true,
  tableSize: 190,
  table: { filter: 'conv', sortColumn: 3, descending: true },
  searchOpen: true,
  search: 'dtype:int8',
};

describe('restoreState', () => {
  it('brings back everything that was saved', () => {
    expect(restoreState(JSON.parse(JSON.stringify(saved)), 'panel-1', 1)).toEqual(saved);
  });

  it.each([
    ['nothing', undefined],
    ['another panel', { ...saved, token: 'panel-2' }],
    ['another version', { ...saved, version: 2 }],
    ['no object', 'state'],
  ])('begins afresh after %s', (_name, value) => {
    expect(restoreState(value, 'panel-1', 1)).toEqual({
      version: 1,
      token: 'panel-1',
      sides: [{ graph: 0, raw: false }],
      overlay: 'category',
      inspectorOpen: true,
      inspectorSize: 340,
      inspectorHeight: 300,
      tableOpen: false,
      tableSize: 260,
      table: { filter: '', descending: false },
      searchOpen: false,
      search: '',
    });
  });

  it('drops the parts that are not readable and keeps the rest', () => {
    const damaged = {
      ...saved,
      sides: [{ graph: -1, expanded: [1], raw: 'yes', selection: 7, viewport: { x: 0, y: 0, scale: 0 } }],
      overlay: 'heat',
      inspectorSize: Number.NaN,
      table: { filter: 3, sortColumn: 'name', descending: 1 },
    };
    expect(restoreState(damaged, 'panel-1', 1)).toEqual({
      ...saved,
      sides: [{ graph: 0, raw: false }],
      overlay: 'category',
      inspectorSize: 340,
      table: { filter: '', descending: false },
    });
  });

  it('has a state for each of two models, and closes the inspector beside them at first', () => {
    const state = restoreState(undefined, 'pair', 2);
    expect([state.sides.length, state.inspectorOpen]).toEqual([2, false]);
  });
});
