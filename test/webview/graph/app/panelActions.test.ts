import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../../../src/protocol';
import { loadGraph } from '../../../../src/recipe/graph/loadGraph';
import { saveModel } from '../../../../src/runtime/modelFile';
import { NETWORKS } from '../../../fixtures/networks';
import { launchBrowser } from '../../../vscode/harness/browser';
import { makeDocument, node } from '../model/makeDocument';
import { openPanel, servePanel, type Answer, type PanelPage, type PanelPageOptions } from './panelPage';

const answer: Answer = (method) => {
  if (method === 'savePicture') return { saved: true };
  if (method === 'pruned') return [];
  if (method === 'coupling') return null;
  return method === 'activation' || method === 'overlay' ? null : undefined;
};

let browser: Browser;
let server: Awaited<ReturnType<typeof servePanel>>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'panel-'));
  server = await servePanel();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
});

function network(name: string): Promise<GraphDocument> {
  const path = join(folder, `${name}.onnx`);
  saveModel(NETWORKS[name]!(), path, { overwrite: true });
  return loadGraph(path);
}

async function open(name: string, options: Partial<PanelPageOptions> = {}): Promise<PanelPage> {
  const panel = await openPanel(browser, server.address, { documents: [await network(name)], answer, ...options });
  await panel.sentOne('outline');
  return panel;
}

interface SavedState {
  readonly inspectorSize: number;
  readonly inspectorHeight: number;
  readonly sides: readonly { readonly graph: number; readonly viewport: { x: number; y: number; scale: number } }[];
}

async function saved(panel: PanelPage): Promise<SavedState> {
  // The state is what the panel itself wrote.
  return (await panel.savedState()) as SavedState;
}

async function drag(panel: PanelPage, handle: Locator, dx: number, dy: number): Promise<void> {
  const box = (await handle.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await panel.page.mouse.move(x, y);
  await panel.page.mouse.down();
  await panel.page.mouse.move(x + dx, y + dy, { steps: 4 });
  await panel.page.mouse.up();
}

describe('the graph panel', () => {
  it('opens a subgraph on its own, and leads back by the breadcrumb', async () => {
    const panel = await open('control-flow');
    const names = panel.page.locator('.breadcrumb li');
    const body = (await network('control-flow')).graphs.findIndex(({ name }) => name === 'slow');
    await panel.send({ type: 'graph/reveal', side: 0, key: `graph:${String(body)}` });
    await panel.page.locator('.breadcrumb [aria-current=page]').getByText('slow').waitFor();
    expect(await names.allTextContents()).toEqual(['graph', 'slow']);
    expect((await saved(panel)).sides[0]?.graph).toBe(body);
    await names.first().getByRole('button').click();
    await panel.page.locator('.breadcrumb').waitFor({ state: 'hidden' });
    expect((await saved(panel)).sides[0]?.graph).toBe(0);
    expect(panel.errors).toEqual([]);
    await panel.page.close();
  });

  it('exports the whole graph as a PNG picture of twice its size', async () => {
    const panel = await open('quantized-pairs');
    await panel.send({ type: 'graph/command', command: 'exportPng' });
    await panel.page.locator('.notice').getByText('Saved.').waitFor();
    const request = panel.sent.find((each) => each.type === 'request' && each.method === 'savePicture');
    const { content } = (request as unknown as { params: { content: string } }).params;
    const bytes = Buffer.from(content, 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    expect(width).toBeGreaterThan(600);
    expect(height).toBeGreaterThan(2 * width);
    await panel.page.close();
  });

  it('says that a PNG picture of a tall graph is small, and recommends SVG', async () => {
    const nodes = Array.from({ length: 1000 }, (_, i) => node('Relu', `t${i}`, `t${i + 1}`));
    const document = makeDocument({ inputs: ['t0'], outputs: ['t1000'], nodes });
    const panel = await openPanel(browser, server.address, { documents: [document], answer });
    await panel.sentOne('outline');
    await panel.send({ type: 'graph/command', command: 'expandAll' });
    // What is drawn is exported, and a large graph is not drawn at once.
    const exported = async (): Promise<string> => {
      await panel.send({ type: 'graph/command', command: 'exportPng' });
      return panel.page.locator('.notice').getByText('Saved').innerText();
    };
    await expect.poll(exported, { timeout: 10_000 }).toContain('export SVG to keep them');
    expect(panel.errors).toEqual([]);
    await panel.page.close();
  });

  it.each([
    [
      'an image that cannot be decoded',
      'Image.prototype.decode = () => Promise.reject(new DOMException("", "EncodingError"))',
    ],
    ['a canvas that has no data', 'HTMLCanvasElement.prototype.toDataURL = () => "data:,"'],
  ])('recommends SVG where the browser cannot draw the picture: %s', async (_, breakage) => {
    const panel = await open('quantized-pairs');
    await panel.page.evaluate(breakage);
    await panel.send({ type: 'graph/command', command: 'exportPng' });
    await panel.page.locator('.notice').getByText('too large for a PNG picture. Export SVG').waitFor();
    expect(panel.sent.some((each) => each.type === 'request' && each.method === 'savePicture')).toBe(false);
    await panel.page.close();
  });

  it('changes the width of the inspector by dragging its edge, and remembers it', async () => {
    const panel = await open('recurrent');
    const before = (await panel.page.locator('.inspector').boundingBox())!.width;
    await drag(panel, panel.page.getByRole('separator', { name: 'Width of the inspector' }), -60, 0);
    expect((await panel.page.locator('.inspector').boundingBox())!.width).toBe(before + 60);
    expect((await saved(panel)).inspectorSize).toBe(before + 60);
    await panel.page.close();
  });

  it('changes the height of the inspector where it is below the graph', async () => {
    const panel = await open('recurrent', { viewport: { width: 500, height: 800 } });
    const before = (await panel.page.locator('.inspector').boundingBox())!.height;
    await drag(panel, panel.page.getByRole('separator', { name: 'Height of the inspector' }), 0, 50);
    expect((await panel.page.locator('.inspector').boundingBox())!.height).toBe(before - 50);
    expect((await saved(panel)).inspectorHeight).toBe(before - 50);
    await panel.page.close();
  });

  it('rings every match of a search, and selects the current one', async () => {
    const panel = await open('quantized-pairs');
    await panel.page.keyboard.press('Control+f');
    await panel.page.keyboard.type('relu');
    await panel.page.locator('.matches li').first().waitFor();
    await expect.poll(() => panel.page.locator('.graph-block.match').count()).toBe(2);
    await panel.page.keyboard.press('Enter');
    await expect.poll(() => panel.page.locator('.graph-block.match.selected').count()).toBe(1);
    await panel.page.keyboard.press('Escape');
    await expect.poll(() => panel.page.locator('.graph-block.match').count()).toBe(0);
    await panel.page.close();
  });

  it('says all about a quantized edge once it is selected', async () => {
    const panel = await open('quantized-pairs');
    const label = panel.page.locator('.graph-edge-label.quantized').first();
    expect(await label.innerText()).toBe('u8 -2.68 .. 3.31');
    await label.click();
    await expect.poll(() => label.innerText()).toBe('u8 scale 0.0235 zero point 114 range -2.68 .. 3.31');
    await panel.page.close();
  });

  it('opens two models at one scale, each with its whole width in view', async () => {
    const documents = [await network('residual'), await network('transformer')];
    const panel = await open('residual', { documents, viewport: { width: 1000, height: 700 } });
    await panel.page.waitForTimeout(500);
    const panes = await panel.page.locator('.pane').all();
    const blocks = await Promise.all(panes.map((pane) => pane.locator('.graph-block.input').first().boundingBox()));
    expect(blocks[0]!.height).toBeCloseTo(blocks[1]!.height, 1);
    const [width] = await Promise.all([panes[0]!.boundingBox()]);
    for (const [side, block] of blocks.entries()) {
      expect(block!.x).toBeGreaterThanOrEqual(side * width!.width);
      expect(block!.x + block!.width).toBeLessThanOrEqual((side + 1) * width!.width + 2);
    }
    await panel.page.close();
  });

  it('pans by one finger and zooms by two', async () => {
    const panel = await open('residual', { hasTouch: true });
    const session = await panel.page.context().newCDPSession(panel.page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: readonly [number, number][]) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const place = async (): Promise<{ x: number; y: number; scale: number }> => {
      await panel.page.waitForTimeout(400);
      return (await saved(panel)).sides[0]!.viewport;
    };
    await touch('touchStart', [100, 500]);
    await touch('touchMove', [100, 450]);
    await touch('touchMove', [100, 400]);
    await touch('touchEnd');
    const panned = await place();
    await touch('touchStart', [200, 400], [300, 400]);
    await touch('touchMove', [150, 400], [350, 400]);
    await touch('touchEnd');
    const zoomed = await place();
    expect(zoomed.scale).toBeCloseTo(2 * panned.scale, 1);
    await touch('touchStart', [100, 400]);
    await touch('touchMove', [100, 350]);
    await touch('touchMove', [100, 300]);
    await touch('touchEnd');
    expect((await place()).y).toBeGreaterThan(zoomed.y);
    await panel.page.close();
  });
});
