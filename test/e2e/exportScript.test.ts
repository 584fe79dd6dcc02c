import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findPython } from '../fixtures/python/findPython';
import { waitInFrames } from './frames';
import { openGraph, selectByFinding } from './graphPanel';
import { answers, explorerRow, runCommand, useWindow } from './window';

/** Export, calibration and two evaluations. */
const RUN_TIMEOUT_MS = 120_000;
const MISSING = 'No Python with PyTorch: install python3-torch, or name one in ONNX_PRESS_PYTHON.';
const python = findPython(['torch']);

describe('the training script of the sample', function () {
  this.timeout(RUN_TIMEOUT_MS * 3);
  const window = useWindow({ name: 'script', settings: { 'onnxPress.python': python ?? '' } });

  it('is exported and quantized, and ends with the comparison', async () => {
    assert.ok(python, MISSING);
    const { page, folder, screenshot } = window();
    await explorerRow(page, 'train_digits.py').dblclick();
    // A lens out of view is not made; the class begins at line 57.
    await goToLine(page, 60);
    const lens = page.locator('.codelens-decoration a', { hasText: 'Export and quantize' });
    await lens.first().click();
    await answers(page).or(page.locator('.quick-input-widget:visible input')).first().waitFor();
    await screenshot('1-shape');
    await page.keyboard.press('Enter');
    await answers(page).filter({ hasText: 'Without a checkpoint' }).click();
    await screenshot('2-export');
    await answers(page).filter({ hasText: 'Balanced int8' }).click({ timeout: RUN_TIMEOUT_MS });
    await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).click();
    await waitInFrames(page, '.card[data-card="accuracy"]', RUN_TIMEOUT_MS);
    await screenshot('3-comparison');
    assert.ok(existsSync(join(folder, 'DigitNet.onnx')));
    assert.ok(existsSync(join(folder, 'DigitNet.int8.onnx')));
  });

  it('is opened at the line of a node, and the line leads back', async () => {
    const { page, screenshot } = window();
    const comparison = page.locator('.tab', { hasText: 'Comparison' });
    await comparison.click({ button: 'middle' });
    await comparison.waitFor({ state: 'hidden' });
    const panel = await openGraph(page, 'DigitNet.onnx');
    await selectByFinding(page, panel, 'Gemm');
    await screenshot('4-node');
    // The linear layer is called in the return of forward.
    await panel.getByRole('button', { name: /^Go to source: train_digits\.py, line 72/ }).click();
    await page.locator('.statusbar-item', { hasText: /Ln 72\b/ }).waitFor();
    await screenshot('5-source');
    // The line above it averages over all positions.
    await goToLine(page, 71);
    await runCommand(page, 'Show Line in Graph');
    await panel.getByRole('heading', { name: 'GlobalAveragePool' }).waitFor();
    await screenshot('6-back');
  });
});

async function goToLine(page: Page, line: number): Promise<void> {
  await page.locator('.monaco-editor .view-line').first().waitFor();
  await page.keyboard.press('Control+g');
  await page.locator('.quick-input-widget:visible input').first().waitFor();
  await page.keyboard.type(String(line));
  await page.keyboard.press('Enter');
}
