import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonDocument } from '../../../src/protocol';
import { COMPARISON_STRINGS } from '../../../src/protocol/comparisonStrings';
import { launchBrowser } from '../../vscode/harness/browser';
import { type ComparisonPage, openComparison, serveComparison } from './comparisonPage';
import type { ThemeName } from '../graph/app/themes';

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const PICTURES = 'test-results/comparison';
/** One grey pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';
const HOSTILE = '<img src=x onerror=alert(1)>';

const spread = (median: number): { median: number; low: number; high: number } => ({
  median,
  low: median * 0.95,
  high: median * 1.05,
});
const share = (value: number): { value: number; low: number; high: number; count: number } => ({
  value,
  low: value - 0.01,
  high: value + 0.01,
  count: 1000,
});

function comparison(): ComparisonDocument {
  const layer = (node: string, layerwise: number, graphwise: number): object => ({
    node,
    targets: [node],
    opType: 'Conv',
    tensor: `${node}_out`,
    graphwise: { sqnrDb: graphwise, cosine: 0.99 },
    layerwise: { sqnrDb: layerwise, cosine: 0.99, output: { divergence: 0.001, changed: 0, rows: 32 } },
  });
  const data = { description: '1,000 digits', synthetic: false, skipped: [], notes: [] };
  return {
    beforeName: 'digits.onnx',
    afterName: 'digits.int8.onnx',
    measuredAt: '2030-01-02T03:04:05.000Z',
    advice: [{ message: `Accuracy fell by 1.20 points. ${HOSTILE}`, buttons: ['Search Mixed Precision'] }],
    layers: {
      before: '',
      after: '',
      data,
      samples: 32,
      // The shape is that of the protocol; made by a function to stay short.
      layers: [layer('conv1', 30, 30), layer('conv2', 12, 11), layer('fc', 35, 14)] as never,
    },
    result: {
      before: { path: 'digits.onnx', sizeBytes: 400_000, parameterCount: 98_000 },
      after: { path: 'digits.int8.onnx', sizeBytes: 110_000, parameterCount: 98_000 },
      data,
      latency: {
        beforeMs: spread(1.2),
        afterMs: spread(0.4),
        speedup: spread(3),
        pairs: 100,
        threads: 1,
        batchSize: 1,
      },
      comparison: {
        samples: 1000,
        batchSize: 32,
        accuracy: { before: share(0.98), after: share(0.968), changePoints: -1.2 },
        flips: { bothRight: 966, onlyBefore: 14, onlyAfter: 2, bothWrong: 18, pValue: 0.004 },
        classFlips: {
          samples: 1000,
          total: 2,
          list: [
            {
              index: 7,
              source: 'images[7]',
              label: 2,
              before: [{ label: 2, probability: 0.6 }],
              after: [{ label: 7, probability: 0.5 }],
            },
            {
              index: 9,
              source: 'images[9]',
              before: [{ label: 1, name: HOSTILE, probability: 0.6 }],
              after: [{ label: 3, probability: 0.5 }],
            },
          ],
          moves: [{ from: 2, to: 7, count: 2, lost: 1, won: 0 }],
        },
        agreement: share(0.985),
        fidelity: [{ output: 'logits', sqnrDb: 24.3, cosine: 0.998, maxAbsError: 1.2 }],
        nonFinite: { before: 0, after: 0 },
      },
    },
  };
}

let browser: Browser;
let server: Awaited<ReturnType<typeof serveComparison>>;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  [browser, server] = await Promise.all([launchBrowser(), serveComparison()]);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

async function shown(theme: ThemeName = 'dark'): Promise<ComparisonPage> {
  const panel = await openComparison(browser, server.address, theme);
  await expect.poll(() => panel.sent).toContainEqual({ type: 'ready' });
  const strings = COMPARISON_STRINGS;
  await panel.send({ type: 'comparison/show', document: comparison(), strings, locale: 'en', token: 'test' });
  await panel.page.locator('h1').waitFor();
  await panel.send({ type: 'comparison/tensors', tensors: ['conv1_out', 'conv2_out'] });
  await panel.send({
    type: 'comparison/previews',
    previews: [
      { index: 7, source: 'images[7]', png: PIXEL },
      { index: 9, source: 'images[9]', values: [{ input: 'x', dims: [1, 4], first: ['1', '2', '3', '4'] }] },
    ],
  });
  await panel.page.locator('.gallery img').waitFor();
  return panel;
}

function violations(page: Page): Promise<string[]> {
  return page.evaluate(AXE).then(() =>
    page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } };
      const found = (await axe.run()).violations;
      return found
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    }),
  );
}

describe('the comparison panel', () => {
  it.each<ThemeName>(['dark', 'light', 'high-contrast', 'high-contrast-light'])(
    'keeps to accessibility rules and its content policy in the %s theme',
    async (theme) => {
      const panel = await shown(theme);
      await panel.page.screenshot({ path: join(PICTURES, `${theme}.png`), fullPage: true });
      expect({ violations: await violations(panel.page), errors: panel.errors }).toEqual({
        violations: [],
        errors: [],
      });
      await panel.page.close();
    },
    120_000,
  );

  it('says every verdict in words', async () => {
    const { page } = await shown();
    expect(await page.locator('.card .tone').allTextContents()).toEqual(['✓ good', '✓ good', '! fair', '✓ good']);
    await page.close();
  });

  it('asks the host for what its buttons say', async () => {
    const { page, sent } = await shown();
    await page.getByText('Search Mixed Precision').click();
    await page.getByRole('button', { name: 'conv2', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Open Graphs Side by Side').click();
    await page.getByLabel('Tensor', { exact: true }).selectOption('conv2_out');
    await expect
      .poll(() => sent.slice(1))
      .toEqual([
        { type: 'act', advice: 0, button: 0 },
        { type: 'revealNode', node: 'conv2' },
        { type: 'sideBySide' },
        { type: 'distribution', tensor: 'conv2_out' },
      ]);
    await page.close();
  });

  it('draws both distributions over each other', async () => {
    const { page, send } = await shown();
    const side = {
      minimum: 0,
      maximum: 4,
      mean: 1,
      standardDeviation: 0.5,
      nonFinite: 0,
      histogram: { low: 0, high: 4, counts: [9, 4, 1, 0] },
    };
    const distribution = { tensor: 'conv2_out', samples: 32, before: side, after: side, sqnrDb: 12.3 };
    await send({ type: 'comparison/distribution', distribution });
    await page.locator('.distribution svg').waitFor();
    expect(await page.locator('.distribution figcaption').textContent()).toContain('SQNR 12.3 dB');
    expect(await page.locator('.distribution path.area, .distribution path.line').count()).toBe(2);
    await page.close();
  });

  it('exports a file that needs no script and no network, with every text escaped', async () => {
    const { page, sent } = await shown();
    await page.getByText('Export as HTML').click();
    await expect.poll(() => sent.at(-1)?.type).toBe('export');
    const last = sent.at(-1);
    const html = last?.type === 'export' ? last.html : '';
    await page.close();
    expect(html).not.toMatch(/<script|<link|<vscode-|https?:\/\/(?!www\.w3\.org)/);
    expect(html).not.toContain(HOSTILE);
    const folder = mkdtempSync(join(tmpdir(), 'onnx-press-html-'));
    writeFileSync(join(folder, 'report.html'), html);
    const context = await browser.newContext({ offline: true, javaScriptEnabled: false });
    const file = await context.newPage();
    const requests: string[] = [];
    file.on('request', (request) => requests.push(request.url()));
    await file.goto(pathToFileURL(join(folder, 'report.html')).href);
    await file.screenshot({ path: join(PICTURES, 'exported.png'), fullPage: true });
    expect(await file.locator('h1').textContent()).toBe('Comparison: digits.onnx and digits.int8.onnx');
    expect(await file.locator('section h2').allTextContents()).toEqual([
      'What to do',
      'Before and after',
      'Error by layer',
      'Changed answers',
      'Changed samples',
      'Outputs',
    ]);
    expect(requests).toEqual([file.url()]);
    await context.close();
    rmSync(folder, { recursive: true });
  });
});
