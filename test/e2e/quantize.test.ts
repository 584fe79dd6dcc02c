import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { answerLabels, answers, chooseFromContextMenu, notification, useWindow, webview } from './window';

/** The sample is small; a minute is a machine that is busy with much else. */
const RUN_TIMEOUT_MS = 60_000;

describe('quantizing the sample model with the mouse', () => {
  const window = useWindow({ name: 'mouse' });

  it('offers the presets from the context menu of the model', async () => {
    const { page, screenshot } = window();
    await chooseFromContextMenu(page, 'digits.onnx', 'Quantize Model', () => screenshot('1-menu'));
    const labels = await answerLabels(page);
    await screenshot('2-presets');
    assert.deepEqual(labels, ['Balanced int8', 'Fastest int8', 'Weights only', 'Half size fp16']);
  });

  it('finds the data of the sample by itself', async () => {
    const { page, screenshot } = window();
    await answers(page).filter({ hasText: 'Balanced int8' }).click();
    const own = answers(page).filter({ hasText: 'digits-calibration.dataset.json' });
    await own.waitFor();
    await screenshot('3-data');
    assert.match((await own.textContent()) ?? '', /measured on digits-evaluation\.dataset\.json/);
    await own.click();
  });

  it('says at the end what became of the model', async () => {
    const { page, screenshot, folder } = window();
    const end = notification(page, /Show Report/);
    await end.waitFor({ timeout: RUN_TIMEOUT_MS });
    await screenshot('4-notification');
    assert.match((await end.textContent()) ?? '', /digits\.int8\.onnx/);
    const [before, after] = ['digits.onnx', 'digits.int8.onnx'].map((name) => statSync(join(folder, name)).size);
    assert.ok(after! < 0.5 * before!, `${after} bytes after ${before}`);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('.partial')),
      [],
    );
  });

  it('shows the report', async () => {
    const { page, screenshot, tallScreenshot } = window();
    await notification(page, /Show Report/)
      .getByText('Show Report')
      .click();
    const report = webview(page);
    await report.getByRole('heading', { level: 1 }).waitFor();
    await screenshot('5-report');
    await tallScreenshot('6-whole-report');
    const text = (await report.locator('body').textContent()) ?? '';
    for (const word of [/digits/, /accuracy/i, /size/i, /speed/i]) assert.match(text, word);
  });
});
