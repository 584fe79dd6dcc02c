import assert from 'node:assert/strict';
import { answers, notification, runCommand, useWindow, webview } from './window';

const RUN_TIMEOUT_MS = 60_000;

describe('quantizing the sample model with the keyboard alone', () => {
  const window = useWindow({
    name: 'keyboard',
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
  });

  it('goes from the command palette to the end of the run', async () => {
    const { page, screenshot } = window();
    await runCommand(page, 'ONNX Press: Quantize Model');
    const answer = 'Half size fp16';
    await answers(page).filter({ hasText: answer }).first().waitFor();
    await page.keyboard.type(answer);
    await page.keyboard.press('Enter');
    await notification(page, /digits\.fp16\.onnx is ready/).waitFor({ timeout: RUN_TIMEOUT_MS });
    await screenshot('1-notification');
  });

  it('opens the report and reaches its controls', async () => {
    const { page, screenshot, tallScreenshot } = window();
    await runCommand(page, 'ONNX Press: Show Report');
    const report = webview(page);
    await report.getByRole('heading', { level: 1 }).waitFor();
    await tallScreenshot('2-whole-report');
    await page.keyboard.press('Tab');
    // A control and the element inside it both have the focus.
    const focused = report.locator(':focus').first();
    await focused.waitFor();
    await screenshot('3-focus');
    const name = await focused.textContent();
    assert.notEqual(name?.trim(), '');
  });
});
