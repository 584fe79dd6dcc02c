import { describe, expect, it } from 'vitest';
import {
  MAX_OUTLINE_ENTRIES,
  parseGraphPanelCall,
  parseGraphPanelRequest,
} from '../../../../src/host/graph/panelRequests';
import type { OutlineEntry } from '../../../../src/protocol';

function entry(children: readonly OutlineEntry[] = []): OutlineEntry {
  return { key: 'g:0/a', label: 'a', description: '2 nodes', children };
}

describe('parseGraphPanelRequest', () => {
  it('reads every message of the protocol', () => {
    const messages = [
      { type: 'ready' },
      { type: 'request', id: 3, side: 1, method: 'weight', params: { graph: 0, tensor: 1 } },
      { type: 'outline', side: 0, entries: [entry([entry()])] },
      { type: 'shown', nodeCount: 12, milliseconds: 40.5 },
    ];
    expect(messages.map(parseGraphPanelRequest)).toEqual(messages);
  });

  it('refuses anything else', () => {
    const messages = [
      undefined,
      'ready',
      { type: 'open', path: '/etc/passwd' },
      { type: 'ready', path: '/etc/passwd' },
      { type: 'request', id: -1, side: 0, method: 'weight', params: {} },
      { type: 'request', id: 1, side: 2, method: 'weight', params: {} },
      { type: 'request', id: 1, side: 0, method: 'constructor', params: {} },
      { type: 'outline', side: 0, entries: [{ key: 'a' }] },
    ];
    expect(messages.map(parseGraphPanelRequest)).toEqual(messages.map(() => undefined));
  });

  it('refuses outlines that are too long, too deep or without end', () => {
    const outline = (entries: readonly OutlineEntry[]): unknown =>
      parseGraphPanelRequest({ type: 'outline', side: 0, entries });
    expect(outline(Array.from({ length: MAX_OUTLINE_ENTRIES }, () => entry()))).toBeDefined();
    expect(outline(Array.from({ length: MAX_OUTLINE_ENTRIES + 1 }, () => entry()))).toBeUndefined();
    let deep = entry();
    for (let depth = 0; depth < 100; depth++) deep = entry([deep]);
    expect(outline([deep])).toBeUndefined();
    const children: OutlineEntry[] = [];
    children.push(entry(children));
    expect(outline(children)).toBeUndefined();
  });
});

describe('parseGraphPanelCall', () => {
  it('takes nothing with the question for coupled channels, which is about the whole model', () => {
    expect(parseGraphPanelCall('coupling', {})).toEqual({ method: 'coupling', params: {} });
    expect(parseGraphPanelCall('coupling', { path: '/etc/passwd' })).toBeUndefined();
  });

  it('gives the params with their method', () => {
    const params = { graph: 0, tensor: 7, offset: 0, count: 1024 };
    expect(parseGraphPanelCall('weightPage', params)).toEqual({ method: 'weightPage', params });
  });

  it('refuses params of another method, paths and what is too large', () => {
    const refused = [
      parseGraphPanelCall('weight', { graph: 0 }),
      parseGraphPanelCall('weight', { graph: 0, tensor: 1.5 }),
      parseGraphPanelCall('weight', { graph: 0, tensor: 1, path: '/etc/passwd' }),
      parseGraphPanelCall('weightPage', { graph: 0, tensor: 1, offset: 0, count: 1025 }),
      parseGraphPanelCall('exportWeight', { graph: 0, tensor: 1, output: '/tmp/x' }),
      parseGraphPanelCall('measure', { overlay: 'size' }),
      parseGraphPanelCall('choose', { nodes: [], choice: 'exclude', on: true }),
      parseGraphPanelCall('copy', { text: 'x'.repeat(1_000_001) }),
      parseGraphPanelCall('savePicture', { format: 'html', content: '<svg>' }),
      parseGraphPanelCall('openDocumentation', { operator: 'x'.repeat(5_000), domain: '' }),
    ];
    expect(refused.filter((call) => call !== undefined)).toEqual([]);
  });
});
