import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitInFrames } from './frames';
import { acceptSaveDialog, seriousViolations } from './graphPanel';
import { answers, chooseFromContextMenu, notification, useWindow, webview } from './window';

/** The sample is small; a minute is a machine that is busy with much else. */
const RUN_TIMEOUT_MS = 90_000;

describe('comparing the sample with its compressed version', () => {
  const window = useWindow({ name: 'comparison' });

  it('opens the comparison from the end of a quantization, and shows the job in the status bar', async () => {
    const { page, screenshot } = window();
    await chooseFromContextMenu(page, 'digits.onnx', 'Quantize Model');
    await answers(page).filter({ hasText: 'Fastest int8' }).click();
    await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).click();
    const status = page.locator('.statusbar-item[id*="onnxPress.job"]');
    await status.waitFor({ timeout: RUN_TIMEOUT_MS });
    const end = notification(page, /Show Report/);
    await end.waitFor({ timeout: RUN_TIMEOUT_MS });
    await status.waitFor({ state: 'hidden' });
    await end.getByText('Compare', { exact: true }).click();
    const panel = webview(page);
    await panel.getByRole('heading', { level: 1 }).waitFor({ timeout: RUN_TIMEOUT_MS });
    await screenshot('1-panel');
    const cards = await panel.locator('.card').evaluateAll((items) => items.map((item) => item.dataset['card']));
    assert.deepEqual(cards, ['size', 'parameters', 'latency', 'accuracy', 'agreement']);
    assert.deepEqual(await seriousViolations(page), []);
  });

  it('measures the error of every layer and the distribution of a tensor', async () => {
    const { page, tallScreenshot } = window();
    const panel = webview(page);
    await panel.locator('#layers vscode-button').click();
    await panel.locator('.layer-chart tbody tr').first().waitFor({ timeout: RUN_TIMEOUT_MS });
    assert.ok((await panel.locator('.layer-chart tbody tr').count()) > 5);
    const list = panel.getByLabel('Tensor', { exact: true });
    await list.locator('option').nth(1).waitFor({ state: 'attached', timeout: RUN_TIMEOUT_MS });
    await list.selectOption({ index: 1 });
    await panel.locator('.distribution svg').waitFor({ timeout: RUN_TIMEOUT_MS });
    await tallScreenshot('2-measured');
  });

  it('exports one HTML file', async () => {
    const { page, folder } = window();
    await webview(page).getByText('Export as HTML').click();
    await acceptSaveDialog(page);
    await page.locator('.explorer-folders-view').getByText('digits.int8-digits.html').waitFor();
    const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.html'));
    const html = readFileSync(join(folder, name), 'utf8');
    assert.match(html, /<h1>Comparison: digits\.onnx and digits\.int8\.onnx<\/h1>/);
    assert.doesNotMatch(html, /<script/);
  });

  it('shows a layer in the graph', async () => {
    const { page, screenshot } = window();
    await webview(page).locator('.layer-chart button').first().click();
    await page.locator('.tab', { hasText: 'digits.onnx' }).first().waitFor();
    await waitInFrames(page, '.graph-block.selected', RUN_TIMEOUT_MS);
    await screenshot('3-graph');
  });

  it('lists the run with its figures and draws it', async () => {
    const { page, screenshot } = window();
    await page.locator('.activitybar .action-item', { has: page.locator('[aria-label^="ONNX Press"]') }).click();
    const row = page.locator('.monaco-list-row', { hasText: 'digits.int8.onnx' });
    await row.waitFor();
    assert.match((await row.textContent()) ?? '', /Static quantization · .* ms · 9\d\.\d+ ?%/);
    await waitInFrames(page, 'circle.point.front', RUN_TIMEOUT_MS);
    await screenshot('4-runs');
  });
});
