import { describe, expect, it } from 'vitest';
import type { OverlayView } from '../../../../webview/graph/model/display';
import { sceneToSvg } from '../../../../webview/graph/scene/svg';
import { escapeXml } from '../../../../webview/graph/scene/svgText';
import { columnScene, edge, item, sampleGraph } from './columnScene';
import { LIGHT_THEME } from './lightTheme';

const OPTIONS = { title: 'sample.onnx', countText: (count: number) => `${count} nodes` };

const LATENCY: OverlayView = {
  overlay: 'latency',
  legend: { kind: 'scale', title: 'Latency', low: '0 ms', high: '1.2 ms' },
  values: new Map([
    ['g:0/layer1', { text: '1.2 ms', level: 1 }],
    ['n:0/0', { text: '0.9 ms', level: 0.75 }],
    ['n:0/1', { text: '0.3 ms', level: 0.25 }],
    ['g:0/layer2', { text: '0.1 ms', level: 0.08 }],
  ]),
};

describe('sceneToSvg', () => {
  it('draws groups, blocks, wires, lanes and labels', async () => {
    const svg = sceneToSvg(columnScene(sampleGraph()), LIGHT_THEME, OPTIONS);
    await expect(svg).toMatchFileSnapshot('./golden/sample.svg');
  });

  it('colours titles by an overlay and writes its figures', async () => {
    const svg = sceneToSvg(columnScene(sampleGraph(), true), LIGHT_THEME, {
      ...OPTIONS,
      decoration: { overlay: LATENCY },
    });
    await expect(svg).toMatchFileSnapshot('./golden/latency.svg');
  });

  it('colours titles by the class of an overlay', async () => {
    const overlay: OverlayView = {
      overlay: 'dataType',
      legend: {
        kind: 'classes',
        title: 'Data type',
        classes: [
          { label: 'f32', count: 1 },
          { label: 's8', count: 1 },
        ],
      },
      values: new Map([
        ['n:0/0', { text: 's8', level: 1 }],
        ['n:0/1', { text: 'f32', level: 0 }],
      ]),
    };
    const svg = sceneToSvg(columnScene(sampleGraph(), true), LIGHT_THEME, { ...OPTIONS, decoration: { overlay } });
    await expect(svg).toMatchFileSnapshot('./golden/data-type.svg');
  });

  it('marks what was added, removed and changed with a colour and a sign', async () => {
    const marks = new Map([
      ['n:0/0', 'changed'],
      ['n:0/1', 'removed'],
      ['n:0/5', 'added'],
      ['g:0/layer1', 'changed'],
    ] as const);
    const svg = sceneToSvg(columnScene(sampleGraph()), LIGHT_THEME, { ...OPTIONS, decoration: { marks } });
    await expect(svg).toMatchFileSnapshot('./golden/marks.svg');
  });

  it('writes hostile names as text, cut to the width of their blocks', async () => {
    const names = [
      '<script>alert(1)</script>',
      `"><rect x='1'/>&amp;`,
      'a\u0000b\u001b[31m\ud800',
      'مرحبا \u202eevil',
      'x'.repeat(4000),
    ];
    const items = names.map((name, i) =>
      item(name, { title: name, name, rows: [{ kind: 'weight', label: name, value: `${i} ${name}` }] }),
    );
    const edges = names.slice(1).map((name, i) => edge(i, [i + 1], { key: `t:${i}`, label: name }));
    const svg = sceneToSvg(columnScene({ items, edges }), LIGHT_THEME, { ...OPTIONS, title: names.join('') });
    await expect(svg.replaceAll('x'.repeat(4000), '(4,000 times x)')).toMatchFileSnapshot('./golden/hostile.svg');
    // What the parser of a browser would make an element of or refuse.
    expect(svg.match(/<(?!\/?(svg|title|rect|path|g|text|circle)[ >/])/g)).toBeNull();
    expect([...svg].every((character) => character === '\n' || character >= ' ')).toBe(true);
  });

  it('draws an empty graph', async () => {
    const svg = sceneToSvg(columnScene({ items: [], edges: [] }), LIGHT_THEME, OPTIONS);
    await expect(svg).toMatchFileSnapshot('./golden/empty.svg');
  });
});

describe('escapeXml', () => {
  it('escapes markup and replaces what XML does not allow', () => {
    expect(escapeXml(`<a b="c" d='e'>&\u0000\u0008\ufffe\udc00😀\t`)).toBe(
      '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\ufffd\ufffd\ufffd\ufffd😀\t',
    );
  });
});
