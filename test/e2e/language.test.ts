import assert from 'node:assert/strict';
import { answerLabels, chooseFromContextMenu, useWindow } from './window';

describe('a window in Simplified Chinese', () => {
  const window = useWindow({ name: 'zh-cn', language: 'zh-cn' });

  it('shows the command and its questions in Chinese', async () => {
    const { page, screenshot } = window();
    await chooseFromContextMenu(page, 'digits.onnx', '量化模型', () => screenshot('1-menu'));
    const labels = await answerLabels(page);
    await screenshot('2-presets');
    assert.equal(labels.length, 4);
    for (const label of labels) assert.match(label, /[\u4e00-\u9fff]/);
  });
});
