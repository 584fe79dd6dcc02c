import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { notification, openContextMenu, openWindow, quickInput, webview, type VsCodeWindow } from './window';

/** The sample is small; a minute is a machine that is busy with much else. */
const RUN_TIMEOUT_MS = 60_000;

describe('quantizing the sample model with the mouse', () => {
  let window: VsCodeWindow;
  before(async () => {
    window = await openWindow({ name: 'mouse' });
  });
  after(() => window.close());

  it('offers the presets from the context menu of the model', async () => {
    const entry = await openContextMenu(window.page, 'digits.onnx', 'Quantize Model');
    await window.screenshot('1-menu');
    await entry.click();
    const presets = quickInput(window.page).locator('.monaco-list-row');
    await presets.filter({ hasText: 'Balanced int8' }).waitFor();
    await window.screenshot('2-presets');
    const labels = await presets.locator('.label-name').allTextContents();
    assert.deepEqual(labels, ['Balanced int8', 'Fastest int8', 'Weights only', 'Half size fp16']);
  });

  it('finds the data of the sample by itself', async () => {
    await quickInput(window.page).locator('.monaco-list-row', { hasText: 'Balanced int8' }).click();
    const own = quickInput(window.page).locator('.monaco-list-row', { hasText: 'digits-calibration.dataset.json' });
    await own.waitFor();
    await window.screenshot('3-data');
    assert.match((await own.textContent()) ?? '', /measured on digits-evaluation\.dataset\.json/);
    await own.click();
  });

  it('says at the end what became of the model', async () => {
    const end = notification(window.page, /Show Report/);
    await end.waitFor({ timeout: RUN_TIMEOUT_MS });
    await window.screenshot('4-notification');
    assert.match((await end.textContent()) ?? '', /digits\.int8\.onnx/);
    const [before, after] = ['digits.onnx', 'digits.int8.onnx'].map((name) => statSync(join(window.folder, name)).size);
    assert.ok(after! < 0.5 * before!, `${after} bytes after ${before}`);
    assert.deepEqual(
      readdirSync(window.folder).filter((name) => name.includes('.partial')),
      [],
    );
  });

  it('shows the report', async () => {
    await notification(window.page, /Show Report/)
      .getByText('Show Report')
      .click();
    const report = webview(window.page);
    await report.getByRole('heading', { level: 1 }).waitFor();
    await window.screenshot('5-report');
    const text = (await report.locator('body').textContent()) ?? '';
    for (const word of [/digits/, /accuracy/i, /size/i, /latency/i]) assert.match(text, word);
  });
});
