import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunPoint } from '../../src/protocol';
import { RUNS_STRINGS } from '../../src/protocol/runsStrings';
import { launchBrowser } from '../vscode/harness/browser';
import { openRunsChart, type RunsChartPage, serveRunsChart } from './runsChartPage';

const RUNS: readonly RunPoint[] = [
  { id: 'run-0', label: 'a.onnx', sizeBytes: 1000, latencyMs: 2, quality: 0.9, isAgreement: false },
  { id: 'run-1', label: 'b.onnx', sizeBytes: 2000, latencyMs: 1, quality: 0.8, isAgreement: false },
  { id: 'run-2', label: 'c.onnx', sizeBytes: 1500, quality: 0.95, isAgreement: true },
  { id: 'run-3', label: 'd.onnx', sizeBytes: 3000, latencyMs: 3, quality: 0.99, isAgreement: true },
];

let browser: Browser;
let server: Awaited<ReturnType<typeof serveRunsChart>>;
let chart: RunsChartPage | undefined;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), serveRunsChart()]);
});
afterEach(async () => {
  expect(chart?.errors).toEqual([]);
  await chart?.page.close();
});
afterAll(async () => {
  await browser.close();
  server.close();
});

async function shown(points: readonly RunPoint[]): Promise<RunsChartPage['page']> {
  const opened = await openRunsChart(browser, server.address);
  chart = opened;
  await expect.poll(() => opened.sent).toContainEqual({ type: 'ready' });
  await opened.send({ type: 'runs/show', points, strings: RUNS_STRINGS, locale: 'en' });
  await opened.page.locator('#axis, #root > p').first().waitFor();
  return opened.page;
}

/** What each point says, in the order in which they are drawn. */
function pointsOf(page: RunsChartPage['page']): Promise<string[]> {
  return page.locator('circle').evaluateAll((dots) => dots.map((dot) => dot.getAttribute('aria-label') ?? ''));
}

describe('the chart of runs', () => {
  it('puts accuracy and agreement on a vertical axis each, one at a time', async () => {
    const page = await shown(RUNS);
    expect(await page.getByLabel('Vertical axis').locator('option').allTextContents()).toEqual([
      'Accuracy',
      'Agreement',
    ]);
    expect(await pointsOf(page)).toEqual([
      'a.onnx: 1.00 KB, accuracy 90.00 %, on the Pareto front',
      'b.onnx: 2.00 KB, accuracy 80.00 %',
    ]);
    await page.getByLabel('Vertical axis').selectOption('agreement');
    // Neither run beats the other, whatever those with an accuracy have.
    expect(await pointsOf(page)).toEqual([
      'c.onnx: 1.50 KB, agreement 95.00 %, on the Pareto front',
      'd.onnx: 3.00 KB, agreement 99.00 %, on the Pareto front',
    ]);
  });

  it('keeps the vertical axis when the horizontal one changes, and after a reload', async () => {
    const page = await shown(RUNS);
    await page.getByLabel('Vertical axis').selectOption('agreement');
    await page.getByLabel('Horizontal axis').selectOption('latency');
    const expected = ['d.onnx: 3 ms, agreement 99.00 %, on the Pareto front'];
    expect(await pointsOf(page)).toEqual(expected);
    await page.reload();
    await chart?.send({ type: 'runs/show', points: RUNS, strings: RUNS_STRINGS, locale: 'en' });
    await expect.poll(() => pointsOf(page)).toEqual(expected);
  });

  it.each([
    ['Accuracy', RUNS.slice(0, 2)],
    ['Agreement', RUNS.slice(2)],
  ])('names %s as the vertical axis where there is no other', async (name, points) => {
    const page = await shown(points);
    expect(await page.locator('#vertical').count()).toBe(0);
    expect(await page.locator('#root > p').textContent()).toBe(`Vertical axis: ${name}`);
    expect(await page.locator('circle').count()).toBe(2);
  });

  it('draws the axis of the kind that is shown', async () => {
    const page = await shown(RUNS);
    const ticks = (): Promise<number[]> =>
      page
        .locator('text[text-anchor=end]')
        .allTextContents()
        .then((texts) => texts.map(parseFloat));
    const accuracy = await ticks();
    expect(Math.min(...accuracy)).toBeGreaterThanOrEqual(78);
    expect(Math.max(...accuracy)).toBeLessThanOrEqual(92);
    await page.getByLabel('Vertical axis').selectOption('agreement');
    const agreement = await ticks();
    expect(Math.min(...agreement)).toBeGreaterThanOrEqual(94);
    expect(Math.max(...agreement)).toBeLessThanOrEqual(100);
  });

  it('says so when no run has figures', async () => {
    const page = await shown([]);
    expect(await page.locator('#root').textContent()).toBe(RUNS_STRINGS.empty);
  });

  it('selects the run of a point by mouse and by key', async () => {
    const page = await shown(RUNS);
    await page.locator('circle').first().click();
    await page.locator('circle').nth(1).press('Enter');
    await expect
      .poll(() => chart?.sent.slice(1))
      .toEqual([
        { type: 'select', id: 'run-0' },
        { type: 'select', id: 'run-1' },
      ]);
  });
});
