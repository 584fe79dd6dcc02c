import assert from 'node:assert/strict';
import { openContextMenu, openWindow, quickInput, type VsCodeWindow } from './window';

describe('a window in Simplified Chinese', () => {
  let window: VsCodeWindow;
  before(async () => {
    window = await openWindow({ name: 'zh-cn', language: 'zh-cn' });
  });
  after(() => window.close());

  it('shows the command and its questions in Chinese', async () => {
    const entry = await openContextMenu(window.page, 'digits.onnx', '量化模型');
    await window.screenshot('1-menu');
    await entry.click();
    const presets = quickInput(window.page).locator('.monaco-list-row .label-name');
    await presets.first().waitFor();
    await window.screenshot('2-presets');
    for (const label of await presets.allTextContents()) assert.match(label, /[\u4e00-\u9fff]/);
  });
});
