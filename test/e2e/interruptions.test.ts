import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { engineProcesses } from './engineProcess';
import { answers, chooseFromContextMenu, notification, useWindow } from './window';

/** What the design allows, and a margin for a busy machine and for the browser. */
const CANCEL_LIMIT_MS = 2_000;
const CRASH_LIMIT_MS = 10_000;

describe('a run that does not come to its end', () => {
  const window = useWindow({ name: 'interrupted' });

  it('ends soon after Cancel and leaves no file', async () => {
    const { page, folder, screenshot } = window();
    const before = files(folder);
    await startBalanced(page);
    const progress = notification(page, 'Quantizing digits.onnx');
    const cancel = progress.getByRole('button', { name: 'Cancel' });
    await cancel.waitFor();
    await screenshot('1-progress');
    const start = Date.now();
    await cancel.click();
    await progress.waitFor({ state: 'hidden', timeout: CANCEL_LIMIT_MS });
    assert.ok(Date.now() - start < CANCEL_LIMIT_MS);
    assert.deepEqual(files(folder), before);
    assert.equal(await notification(page, /digits/).count(), 0);
  });

  it('says so when the engine crashes, and leaves no file', async () => {
    const { page, folder, extensionsFolder, screenshot } = window();
    const before = files(folder);
    await startBalanced(page);
    await notification(page, 'Quantizing digits.onnx').waitFor();
    const engines = engineProcesses(extensionsFolder, 'runner');
    assert.equal(engines.length, 1);
    process.kill(engines[0]!, 'SIGSEGV');
    const message = notification(page, /The engine stopped while working on digits\.onnx \(signal SIGSEGV\)/);
    await message.waitFor({ timeout: CRASH_LIMIT_MS });
    await screenshot('2-crash');
    assert.equal(await message.getByText('Show Log').count(), 1);
    assert.deepEqual(files(folder), before);
  });

  it('can be started again after a crash', async () => {
    const { page, screenshot } = window();
    await startBalanced(page);
    await notification(page, /digits\.int8\.onnx is ready/).waitFor({ timeout: 60_000 });
    await screenshot('3-again');
  });
});

function files(folder: string): string[] {
  return readdirSync(folder).sort();
}

async function startBalanced(page: Page): Promise<void> {
  await chooseFromContextMenu(page, 'digits.onnx', 'Quantize Model');
  await answers(page).filter({ hasText: 'Balanced int8' }).click();
  await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).first().click();
}
