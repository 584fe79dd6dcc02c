import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphDocument, WeightDetails } from '../../../../src/protocol';
import { loadGraph } from '../../../../src/recipe/graph/loadGraph';
import { launchBrowser } from '../../../vscode/harness/browser';
import { openPanel, servePanel, type Answer, type PanelPage, type PanelPageOptions } from './panelPage';
import type { ThemeName } from './themes';

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

const weight: WeightDetails = {
  elements: 20_736,
  minimum: -0.5,
  maximum: 0.4,
  mean: 0,
  standardDeviation: 0.1,
  zeros: 5000,
  nonFinite: 0,
  l1: 900,
  l2: 9,
  histogram: { low: -0.5, high: 0.4, counts: [1, 5, 20, 9, 2] },
  quantization: { dataType: 'int8', scales: [0.004], zeroPoints: [0], integerRange: [-128, 127] },
  channels: { axis: 0, minimum: [-0.5, -0.2, 0], maximum: [0.4, 0.3, 0], zeroShare: [0, 0.2, 1] },
  mask: { rows: 2, columns: 2, kept: [1, 0, 0.5, 1], zeroRows: 1, zeroColumns: 0, matrixRows: 48, matrixColumns: 432 },
};

/** A host that knows weights and no measurements. */
const answer: Answer = (method) => {
  if (method === 'weight') return weight;
  if (method === 'weightPage') return { total: 20_736, values: [0.25, -0.5, '9007199254740993'] };
  if (method === 'activation' || method === 'overlay') return null;
  if (method === 'pruned') return [];
  if (method === 'coupling') return null;
  if (method === 'choose') return { changed: true };
  if (method === 'measure') return { started: true };
  if (method === 'savePicture') return { saved: true };
  return undefined;
};

const [STEM, INNER] = ['/stem/stem.0/Conv', '/block1/conv1/conv1.0/Conv'];

/** A host that knows which channels hang together, too; a rewrite has made a node that the graph does not have. */
const withCoupling: Answer = (method, params, side) => {
  if (method !== 'coupling') return answer(method, params, side);
  const groups = [
    {
      ...{ group: STEM, channels: 48, makers: [STEM, '/block1/conv2/Conv'] },
      ...{ readers: ['/mix/mix.1/mix.1.0/Conv', 'gone'], carriers: ['/block1/Add'] },
    },
    { group: INNER, channels: 24, makers: [INNER], readers: ['/block1/conv2/Conv'], carriers: [] },
    {
      ...{ group: '/classifier/Gemm', channels: 10, makers: ['/classifier/Gemm'], readers: [], carriers: [] },
      protection: 'The output "logits" of the model keeps its shape.',
    },
  ];
  return { groups };
};

let browser: Browser;
let server: Awaited<ReturnType<typeof servePanel>>;
let digits: GraphDocument;

beforeAll(async () => {
  digits = await loadGraph('media/sample/digits.onnx');
  server = await servePanel();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

/** The panel with its first frame drawn and its idle work done. */
async function open(options: Partial<PanelPageOptions> = {}): Promise<PanelPage> {
  const panel = await openPanel(browser, server.address, { documents: [digits], answer, ...options });
  await panel.sentOne('outline');
  return panel;
}

function seriousViolations(panel: PanelPage): Promise<string[]> {
  return panel.page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  });
}

/** Finds a node by its name and selects it. */
async function select(panel: PanelPage, name: string): Promise<void> {
  await panel.send({ type: 'graph/command', command: 'find' });
  await panel.page.keyboard.type(name);
  await panel.page.locator('.matches').getByRole('option').first().waitFor();
  await panel.page.keyboard.press('Enter');
  await panel.page.keyboard.press('Escape');
  await panel.page.locator('.inspector dd').getByText(name, { exact: true }).waitFor();
}

/** The titles of the blocks that are marked as coupled. */
async function coupledBlocks(panel: PanelPage): Promise<string[]> {
  return (await panel.page.locator('.graph-block.coupled .graph-name').allTextContents()).sort();
}

function asked(panel: PanelPage, method: string): number {
  return panel.sent.filter((request) => request.type === 'request' && request.method === method).length;
}

function heading(panel: PanelPage): ReturnType<PanelPage['page']['locator']> {
  return panel.page.locator('.inspector h2');
}

function weightOf(rank: number): string {
  const tensor = digits.graphs[0]?.tensors.findIndex((each) => each.weight !== undefined && each.dims?.length === rank);
  return `t:0/${tensor ?? -1}`;
}

describe('the graph panel', () => {
  it('draws the graph, says so, and lists its groups', async () => {
    const panel = await open();
    expect(await panel.sentOne('shown')).toMatchObject({ nodeCount: 26 });
    const outline = await panel.sentOne('outline');
    expect(outline.entries.map(({ label }) => label)).toContain('block1');
    expect(panel.errors).toEqual([]);
    await panel.page.close();
  });

  it.each<ThemeName>(['dark', 'light', 'high-contrast', 'high-contrast-light'])(
    'has no serious accessibility violation in a %s theme with everything open',
    async (theme) => {
      const panel = await open({ theme });
      await panel.page.evaluate(AXE);
      await panel.send({ type: 'graph/command', command: 'toggleTable' });
      await panel.send({ type: 'graph/reveal', side: 0, key: weightOf(4) });
      await panel.page.locator('.inspector p').getByText('Clipping limits').waitFor();
      await panel.page.locator('.inspector summary').last().click();
      await panel.page.getByText('9007199254740993').waitFor();
      await panel.page.keyboard.press('Control+f');
      await panel.page.keyboard.type('conv 3x3');
      await panel.page.getByRole('option', { name: 'conv2' }).first().waitFor();
      expect(await seriousViolations(panel)).toEqual([]);
      expect(panel.errors).toEqual([]);
      await panel.page.close();
    },
  );

  it('works from 400 pixels of width', async () => {
    const panel = await open({ viewport: { width: 400, height: 700 } });
    const widths = await panel.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths).toEqual([400, 400]);
    const drawing = await panel.page.locator('.drawing').boundingBox();
    expect(drawing?.height).toBeGreaterThan(200);
    await panel.page.close();
  });

  it('finds a node in a collapsed group, opens what hides it, and selects it', async () => {
    const panel = await open();
    await panel.send({ type: 'graph/command', command: 'collapseAll' });
    await panel.page.keyboard.press('Control+f');
    await panel.page.keyboard.type('/block1/conv2/Conv');
    await panel.page.locator('.matches').getByRole('option').first().waitFor();
    await panel.page.keyboard.press('Enter');
    await panel.page.locator('.inspector dd').getByText('/block1/conv2/Conv', { exact: true }).waitFor();
    expect(await panel.savedState()).toMatchObject({ search: '/block1/conv2/Conv', searchOpen: true });
    await panel.page.close();
  });

  it.each<ThemeName>(['dark', 'light', 'high-contrast', 'high-contrast-light'])(
    'marks what is coupled to the selected node in a %s theme, in closed groups too, and leads to it',
    async (theme) => {
      const panel = await open({ theme, answer: withCoupling });
      expect(asked(panel, 'coupling')).toBe(0);
      await select(panel, '/block1/conv2/Conv');
      const inspector = panel.page.locator('.inspector section', { hasText: 'Coupled channels' });
      await inspector.getByText('Channels made here: 48.').waitFor();
      const list = inspector.getByRole('list', {
        name: 'Pruned together with these nodes (3), marked ∞ in the graph:',
      });
      expect(await list.getByRole('listitem').allTextContents()).toEqual([STEM, '/mix/mix.1/mix.1.0/Conv', 'gone']);
      expect(await list.getByRole('button').count()).toBe(2);
      // Its inputs belong to a group of their own.
      expect(await inspector.getByRole('listitem').last().textContent()).toBe(`${INNER} channels: 24`);
      await panel.page.evaluate(AXE);
      expect(await seriousViolations(panel)).toEqual([]);
      await panel.send({ type: 'graph/command', command: 'collapseAll' });
      await select(panel, '/block1/conv2/Conv');
      await expect.poll(() => coupledBlocks(panel)).toEqual(['mix', 'stem']);
      await list.getByRole('button', { name: STEM }).press('Enter');
      await panel.page.locator('.inspector dd').getByText(STEM, { exact: true }).waitFor();
      await panel.send({ type: 'graph/command', command: 'fit' });
      await expect.poll(() => coupledBlocks(panel)).toEqual(['Conv', 'mix']);
      expect(asked(panel, 'coupling')).toBe(1);
      expect(panel.errors).toEqual([]);
      await panel.page.close();
    },
  );

  it('says why channels stay, passes over what the host does not know, and asks anew when the file changes', async () => {
    let known = false;
    const panel = await open({
      answer: (method, params, side) => (method === 'coupling' && !known ? null : withCoupling(method, params, side)),
    });
    const section = panel.page.locator('.inspector section', { hasText: 'Coupled channels' });
    await select(panel, '/classifier/Gemm');
    await panel.page.locator('.inspector .awaited:not([aria-busy])').nth(1).waitFor({ state: 'attached' });
    expect(await section.count()).toBe(0);
    known = true;
    await panel.send({ type: 'graph/update', side: 0, document: digits });
    await section.getByText('They are not pruned. The output "logits" of the model keeps its shape.').waitFor();
    await section.getByText('No other node is coupled to them.').waitFor();
    expect(await coupledBlocks(panel)).toEqual([]);
    const before = asked(panel, 'coupling');
    await panel.send({ type: 'graph/update', side: 0, document: digits });
    await expect.poll(() => asked(panel, 'coupling')).toBe(before + 1);
    await panel.page.close();
  });

  it('says how many channels of a node were pruned, and leads to what lost them with it', async () => {
    const [first, second] = ['/stem/stem.0/Conv', '/block1/conv2/Conv'];
    const pruned = [{ group: first, nodes: [first, second, 'gone'], channels: 64, removed: 32 }];
    const panel = await open({
      answer: (method, params, side) => (method === 'pruned' ? pruned : answer(method, params, side)),
    });
    await panel.send({ type: 'graph/command', command: 'find' });
    await panel.page.keyboard.type(first);
    await panel.page.locator('.matches').getByRole('option').first().waitFor();
    await panel.page.keyboard.press('Enter');
    const inspector = panel.page.locator('.inspector');
    await inspector.getByText(`32 of 64 channels made by ${first} were removed, together in:`).waitFor();
    // Neither the node itself nor what the graph does not have is a place to go to.
    expect(await inspector.getByRole('button', { name: 'gone' }).count()).toBe(0);
    await panel.page.evaluate(AXE);
    expect(await seriousViolations(panel)).toEqual([]);
    await inspector.getByRole('button', { name: second, exact: true }).press('Enter');
    await inspector.locator('dd').getByText(second, { exact: true }).waitFor();
    await panel.page.close();
  });

  it('protects a node from pruning, and frees what the recipe protects', async () => {
    const panel = await open({ choices: [{ excluded: [], fp16: [], protected: [] }] });
    await panel.send({ type: 'graph/reveal', side: 0, key: 'n:0/3' });
    const name = digits.graphs[0]?.nodes[3]?.name ?? '';
    const button = panel.page.locator('.inspector').getByRole('button', { name: 'Protect from pruning' });
    await button.click();
    await panel.send({ type: 'graph/choices', side: 0, choices: { excluded: [], fp16: [], protected: [name] } });
    await panel.page.locator('.inspector').getByText('✓ Protect from pruning').waitFor();
    await button.click();
    const chosen = (): unknown[] =>
      panel.sent.flatMap((each) => (each.type === 'request' && each.method === 'choose' ? [each.params] : []));
    await expect.poll(chosen).toEqual([
      { nodes: [name], choice: 'protect', on: true },
      { nodes: [name], choice: 'protect', on: false },
    ]);
    await panel.page.evaluate(AXE);
    expect(await seriousViolations(panel)).toEqual([]);
    await panel.page.close();
  });

  it('brings the same view back after a reload', async () => {
    const first = await open();
    await first.send({ type: 'graph/command', command: 'toggleTable' });
    await first.send({ type: 'graph/reveal', side: 0, key: 'n:0/3' });
    await heading(first).getByText('Conv').waitFor();
    await first.page.waitForTimeout(600);
    const saved = await first.savedState();
    await first.page.close();
    const second = await open({ saved });
    await heading(second).getByText('Conv').waitFor();
    expect(await second.page.locator('.layers').isVisible()).toBe(true);
    await second.page.locator('.layers [aria-selected=true]').waitFor();
    expect(await second.savedState()).toEqual(saved);
    await second.page.close();
  });

  it('walks through the layer table with arrows, and the graph follows', async () => {
    const panel = await open();
    await panel.page.keyboard.press('t');
    await panel.page.getByRole('grid').getByText('/stem/stem.0/Conv').waitFor();
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('ArrowDown');
    await heading(panel).getByText('BatchNormalization').waitFor();
    expect(await panel.savedState()).toMatchObject({ tableOpen: true, sides: [{ selection: 'n:0/1' }] });
    await panel.page.close();
  });

  it('says how to get the figures of an overlay that has none, and shows those that come', async () => {
    const panel = await open();
    await panel.page.locator('.toolbar select').selectOption('latency');
    await panel.page.locator('.overlay-bar').getByText('No latency').waitFor();
    await panel.page.locator('.overlay-bar vscode-button').click();
    await panel.page.locator('.overlay-bar').getByText('Measuring').waitFor();
    const values = Object.fromEntries((digits.graphs[0]?.nodes ?? []).map(({ name }) => [name, { value: 0.5 }]));
    const data = { overlay: 'latency', values, origin: 'Measured in a test.' };
    await panel.send({ type: 'graph/overlay', side: 0, overlay: 'latency', data });
    await panel.page.locator('.overlay-bar').getByText('Measured in a test.').waitFor();
    expect(await panel.page.locator('.overlay-bar .steps .swatch').count()).toBe(7);
    await panel.page.close();
  });

  it('keeps the selection by name when the file changes', async () => {
    const panel = await open();
    await panel.send({ type: 'graph/reveal', side: 0, key: 'n:0/3' });
    await heading(panel).getByText('Conv').waitFor();
    const [main, ...rest] = digits.graphs;
    const shuffled = { ...main, nodes: [...(main?.nodes ?? [])].reverse() };
    await panel.send({ type: 'graph/update', side: 0, document: { ...digits, graphs: [shuffled, ...rest] } });
    await panel.page.locator('.notice').getByText('The file changed').waitFor();
    expect(await panel.savedState()).toMatchObject({ sides: [{ selection: 'n:0/22' }] });
    await panel.page.close();
  });

  it('is not upset by messages that make no sense', async () => {
    const panel = await open();
    for (const message of [null, 7, 'graph/show', { type: 'graph/reply', id: 1 }, { type: 'graph/update', side: 9 }]) {
      await panel.send(message);
    }
    await panel.send({ type: 'graph/reveal', side: 0, key: 'g:0/no such group' });
    await panel.send({ type: 'graph/reveal', side: 0, key: 'n:0/3' });
    await heading(panel).getByText('Conv').waitFor();
    expect(panel.errors).toEqual([]);
    await panel.page.close();
  });

  it('exports the whole graph as SVG', async () => {
    const panel = await open();
    await panel.send({ type: 'graph/command', command: 'exportSvg' });
    await panel.page.locator('.notice').getByText('Saved.').waitFor();
    const params = panel.sent.flatMap((each) =>
      each.type === 'request' && each.method === 'savePicture' ? [each.params] : [],
    );
    expect(params).toEqual([{ format: 'svg', content: expect.stringMatching(/^(<\?xml[^>]*>\s*)?<svg/) }]);
    await panel.page.close();
  });

  it('can be cancelled when arranging takes long; all groups are closed then', async () => {
    const panel = await openPanel(browser, server.address, { documents: [digits], isWorkerSilent: true });
    await panel.page.locator('.arranging').getByText('Arranging').waitFor();
    await panel.page.locator('.arranging vscode-button').click();
    await panel.page.locator('.notice').getByText('Arranging was cancelled').waitFor();
    expect(await panel.savedState()).toMatchObject({ sides: [{ expanded: [] }] });
    await panel.page.close();
  });

  it('shows an error of the host instead of the graph', async () => {
    const panel = await open();
    await panel.send({ type: 'graph/error', message: 'm.onnx is not a whole ONNX model.' });
    await panel.page.getByRole('alert').getByText('m.onnx is not a whole ONNX model.').waitFor();
    await panel.page.close();
  });
});

describe('two models side by side', () => {
  it('counts the differences, and selects and shows the same node on both sides', async () => {
    const [main, ...rest] = digits.graphs;
    const changed = {
      ...digits,
      name: 'other.onnx',
      graphs: [
        {
          ...main,
          nodes: (main?.nodes ?? []).map((node, index) => (index === 3 ? { ...node, attributes: [] } : node)),
        },
        ...rest,
      ],
    } as GraphDocument;
    const panel = await open({ documents: [digits, changed] });
    await panel.page.getByText('1 changed, 0 added, 0 removed').waitFor();
    await panel.page.getByTitle('Next difference').click();
    await panel.page.getByText('1 of 1').waitFor();
    await panel.page.waitForTimeout(600);
    const state = (await panel.savedState()) as {
      sides: { selection: string; viewport: { x: number; scale: number } }[];
    };
    expect(state.sides.map(({ selection }) => selection)).toEqual(['n:0/3', 'n:0/3']);
    await panel.page.evaluate(AXE);
    expect(await seriousViolations(panel)).toEqual([]);
    expect(panel.errors).toEqual([]);
    await panel.page.close();
  });
});
