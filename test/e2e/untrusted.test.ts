import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { engineProcesses } from './engineProcess';
import { chooseOverlay, openGraph, seriousViolations } from './graphPanel';
import { notification, useWindow } from './window';

describe('a workspace that is not trusted', () => {
  const window = useWindow({
    name: 'untrusted',
    settings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' },
  });
  let panel: FrameLocator;

  it('shows the graph and loads no native code', async () => {
    const { page, extensionsFolder, screenshot } = window();
    panel = await openGraph(page, 'digits.onnx');
    await screenshot('1-graph');
    assert.equal(engineProcesses(extensionsFolder, 'reader').length, 1);
    assert.deepEqual(engineProcesses(extensionsFolder, 'runner'), []);
  });

  it('says why nothing is measured, and runs nothing', async () => {
    const { page, folder, extensionsFolder, screenshot } = window();
    await chooseOverlay(panel, 'Node latency');
    const measure = panel.getByRole('group', { name: 'Legend' }).getByRole('button', { name: 'Measure' });
    await measure.click();
    const reason = notification(page, /Measuring runs the model in native code, so it needs a trusted workspace/);
    await reason.getByText('Manage Workspace Trust').waitFor();
    await screenshot('2-reason');
    await measure.waitFor();
    assert.deepEqual(engineProcesses(extensionsFolder, 'runner'), []);
    assert.equal(existsSync(join(folder, '.onnx-press')), false);
    assert.deepEqual(await seriousViolations(page), []);
  });
});
