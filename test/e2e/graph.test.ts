import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import {
  acceptSaveDialog,
  blocks,
  chooseOverlay,
  openGraph,
  selectByFinding,
  seriousViolations,
  shownGraph,
} from './graphPanel';
import { answers, notification, runCommand, useWindow } from './window';

const RUN_TIMEOUT_MS = 60_000;
const CONVOLUTION = '/block1/conv2/Conv';
/** The themes by their names in the settings. */
const THEMES = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
};

describe('the graph of the sample model', () => {
  const window = useWindow({ name: 'graph' });
  let panel: FrameLocator;

  it('opens by a double click', async () => {
    const { page, screenshot } = window();
    panel = await openGraph(page, 'digits.onnx');
    await screenshot('1-opened');
    assert.ok((await blocks(panel).count()) > 3);
  });

  it('finds a layer by its name and shows what it is', async () => {
    const { page, screenshot } = window();
    await selectByFinding(page, panel, CONVOLUTION);
    const inspector = panel.locator('aside.inspector');
    await inspector.getByText(CONVOLUTION, { exact: true }).first().waitFor();
    await screenshot('2-found');
    assert.match((await inspector.textContent()) ?? '', /kernel_shape/);
  });

  it('marks the nodes that lose channels with it, and leads to them', async () => {
    const { page, screenshot } = window();
    const inspector = panel.locator('aside.inspector');
    const coupled = inspector.locator('section', { has: panel.getByRole('heading', { name: 'Coupled channels' }) });
    await coupled.getByText('Channels made here: 48.').waitFor({ timeout: RUN_TIMEOUT_MS });
    await panel.locator('.graph-block.coupled').first().waitFor();
    await screenshot('2b-coupled');
    const others = coupled.getByRole('list', { name: /^Pruned together with these nodes \(7\)/ });
    assert.equal(await others.getByRole('button').count(), 7);
    assert.deepEqual(await seriousViolations(page), []);
    await others.getByRole('button', { name: '/stem/stem.0/Conv' }).press('Enter');
    await inspector.locator('dd').getByText('/stem/stem.0/Conv', { exact: true }).waitFor();
    await panel.getByRole('button', { name: 'Collapse All' }).click();
    await panel.getByRole('button', { name: 'Fit', exact: true }).click();
    await selectByFinding(page, panel, '/stem/stem.0/Conv');
    await panel.getByRole('button', { name: 'Fit', exact: true }).click();
    await panel.locator('.graph-block.coupled', { hasText: 'block1' }).waitFor();
    await screenshot('2c-coupled-groups');
    await panel.getByRole('button', { name: 'Expand All' }).click();
    await panel.getByRole('button', { name: 'Fit', exact: true }).click();
    await selectByFinding(page, panel, CONVOLUTION);
    await screenshot('2d-coupled-from-afar');
  });

  it('goes one match on with each press of F3', async () => {
    const { page } = window();
    await selectByFinding(page, panel, 'Conv');
    await page.keyboard.press('Control+f');
    const count = panel.getByRole('search').getByRole('status');
    await count.getByText(/^1 of /).waitFor();
    await page.keyboard.press('F3');
    await count.getByText(/^2 of /).waitFor();
    await page.keyboard.press('Shift+F3');
    await count.getByText(/^1 of /).waitFor();
    await page.keyboard.press('Escape');
    await selectByFinding(page, panel, CONVOLUTION);
  });

  it('shows the histogram of its weight', async () => {
    const { screenshot } = window();
    const inspector = panel.locator('aside.inspector');
    const inputs = inspector.locator('section', { has: panel.getByRole('heading', { name: 'Inputs' }) });
    await inputs.getByRole('button').nth(1).click();
    const histogram = inspector.locator('section', { has: panel.getByRole('heading', { name: 'Histogram' }) });
    await histogram.getByRole('img', { name: 'Histogram' }).waitFor();
    await screenshot('3-histogram');
    assert.match((await histogram.textContent()) ?? '', /of the values lie between/);
  });

  it('switches overlays, and says how to get the figures that are missing', async () => {
    const { screenshot } = window();
    const legend = panel.getByRole('group', { name: 'Legend' });
    await chooseOverlay(panel, 'Weight size');
    await legend.getByText(/KB/).first().waitFor();
    await screenshot('4-size');
    await chooseOverlay(panel, 'Sensitivity');
    await legend.getByRole('button', { name: 'Measure' }).waitFor();
    await screenshot('5-sensitivity-missing');
    await chooseOverlay(panel, 'Operator category');
  });

  it('measures the latency of every node when asked to', async () => {
    const { page, screenshot } = window();
    const legend = panel.getByRole('group', { name: 'Legend' });
    await chooseOverlay(panel, 'Node latency');
    await legend.getByRole('button', { name: 'Measure' }).click();
    await legend
      .getByText(/[µm]s$/)
      .first()
      .waitFor({ timeout: RUN_TIMEOUT_MS });
    await page.locator('.notifications-toasts .notification-list-item').waitFor({ state: 'hidden' });
    await screenshot('6-latency');
    await chooseOverlay(panel, 'Operator category');
  });

  it('measures the sensitivity of every layer on the data that is chosen', async () => {
    const { page, screenshot } = window();
    const legend = panel.getByRole('group', { name: 'Legend' });
    await chooseOverlay(panel, 'Sensitivity');
    await legend.getByRole('button', { name: 'Measure' }).click();
    await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).first().click();
    await legend.getByText('Measuring…').waitFor();
    await legend.getByText('Measuring…').waitFor({ state: 'detached', timeout: RUN_TIMEOUT_MS });
    await page.locator('.notifications-toasts .notification-list-item').waitFor({ state: 'hidden' });
    await screenshot('6b-sensitivity');
    assert.match((await legend.textContent()) ?? '', /\d/);
    assert.doesNotMatch((await legend.textContent()) ?? '', /No sensitivity/);
    await chooseOverlay(panel, 'Operator category');
  });

  it('collapses and expands groups', async () => {
    const { screenshot } = window();
    await panel.getByRole('button', { name: 'Collapse All' }).click();
    await panel.getByRole('button', { name: 'Fit', exact: true }).click();
    const name = blocks(panel).filter({ hasText: 'block1' });
    await name.waitFor();
    await screenshot('7-collapsed');
    const collapsed = await blocks(panel).count();
    await panel.getByRole('button', { name: 'Expand All' }).click();
    await name.waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: 'Fit', exact: true }).click();
    // The way to the whole picture takes some frames, and each draws what it shows.
    await until(async () => (await blocks(panel).count()) > collapsed);
    await screenshot('8-expanded');
  });

  it('lists the groups in the outline, which leads to them', async () => {
    const { page, screenshot } = window();
    const header = page.locator('.pane-header', { hasText: 'Model Outline' });
    await header.waitFor();
    if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click();
    const row = page.locator('.pane', { has: header }).locator('.monaco-list-row', { hasText: 'block2' });
    await row.first().click();
    await panel.locator('aside.inspector').getByText('block2').first().waitFor();
    await screenshot('9-outline');
  });

  it('shows the layers as a table', async () => {
    const { screenshot } = window();
    await panel.getByRole('button', { name: 'Layers' }).click();
    const table = panel.getByRole('grid', { name: 'Layers' });
    await table.getByText(CONVOLUTION).first().click();
    await panel.locator('aside.inspector').getByText(CONVOLUTION, { exact: true }).first().waitFor();
    await screenshot('10-table');
    await panel.getByRole('button', { name: 'Layers' }).click();
  });

  it('is exported as a picture beside the model', async () => {
    const { page, folder, screenshot } = window();
    await panel.getByRole('button', { name: 'Export SVG' }).click();
    await page.locator('.quick-input-widget:visible').waitFor();
    await screenshot('11-save-dialog');
    await acceptSaveDialog(page);
    const file = join(folder, 'digits.svg');
    await until(() => existsSync(file) && readFileSync(file, 'utf8').trimEnd().endsWith('</svg>'));
    assert.match(readFileSync(file, 'utf8'), /Conv/);
  });

  it('is exported as a PNG picture too', async () => {
    const { page, folder } = window();
    await panel.getByRole('button', { name: 'Export PNG' }).click();
    await acceptSaveDialog(page);
    const file = join(folder, 'digits.png');
    await until(() => existsSync(file) && readFileSync(file).subarray(1, 4).toString() === 'PNG');
  });

  it('exports a weight for NumPy', async () => {
    const { page, folder } = window();
    await selectByFinding(page, panel, CONVOLUTION);
    const inspector = panel.locator('aside.inspector');
    const inputs = inspector.locator('section', { has: panel.getByRole('heading', { name: 'Inputs' }) });
    await inputs.getByRole('button').nth(1).click();
    await inspector.getByRole('button', { name: 'Export .npy…' }).click();
    await acceptSaveDialog(page);
    const written = (): string | undefined => readdirSync(folder).find((name) => name.endsWith('.npy'));
    await until(() => written() !== undefined);
    assert.match(written() ?? '', /^digits\..+\.npy$/);
    assert.equal(
      readFileSync(join(folder, written() ?? ''))
        .subarray(1, 6)
        .toString(),
      'NUMPY',
    );
  });

  it('keeps a layer out of quantization through the recipe', async () => {
    const { page, folder, screenshot } = window();
    await selectByFinding(page, panel, CONVOLUTION);
    await panel.locator('aside.inspector').getByRole('button', { name: 'Exclude from quantization' }).click();
    const recipe = join(folder, 'digits.press.json');
    await until(() => existsSync(recipe));
    await screenshot('12-excluded');
    const { steps } = JSON.parse(readFileSync(recipe, 'utf8')) as { steps: unknown };
    assert.deepEqual(steps, [{ kind: 'quantize', mode: 'static', exclude: [CONVOLUTION] }]);
  });

  it('has no serious accessibility violation', async () => {
    const { page } = window();
    assert.deepEqual(await seriousViolations(page), []);
  });

  it('follows the theme', async () => {
    const { page, folder, screenshot } = window();
    for (const [name, theme] of Object.entries(THEMES)) {
      mkdirSync(join(folder, '.vscode'), { recursive: true });
      writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify({ 'workbench.colorTheme': theme }));
      await panel.locator(`body[data-vscode-theme-id="${theme}"]`).waitFor();
      await panel.getByRole('button', { name: 'Fit', exact: true }).click();
      await screenshot(`13-${name}`);
      assert.deepEqual(await seriousViolations(page), [], theme);
    }
  });

  it('has the ranges of activations as soon as the model was quantized', async () => {
    const { page, screenshot } = window();
    await chooseOverlay(panel, 'Quantization range');
    const legend = panel.getByRole('group', { name: 'Legend' });
    await legend.getByRole('button', { name: 'Measure' }).click();
    await answers(page).filter({ hasText: 'Fastest int8' }).click();
    await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).first().click();
    await notification(page, /digits\.int8\.onnx is ready/).waitFor({ timeout: RUN_TIMEOUT_MS });
    await legend
      .getByText(/No activation range|Measuring…/)
      .first()
      .waitFor({ state: 'detached', timeout: RUN_TIMEOUT_MS });
    await screenshot('14-ranges');
    assert.match((await legend.textContent()) ?? '', /%/);
    await chooseOverlay(panel, 'Operator category');
  });

  it('stands beside its quantized version', async () => {
    const { page, screenshot } = window();
    const end = notification(page, /digits\.int8\.onnx is ready/);
    await end.getByText('Open Side by Side').click();
    await page.locator('.tab', { hasText: '↔' }).waitFor();
    await end.waitFor({ state: 'hidden' });
    panel = await shownGraph(page);
    await panel.getByRole('application').nth(1).waitFor();
    await panel
      .getByText(/changed/)
      .first()
      .waitFor();
    await screenshot('15-side-by-side');
    assert.deepEqual(await seriousViolations(page), []);
  });

  it('stands beside it again when the window is loaded anew', async () => {
    const { page, screenshot } = window();
    // Not the browser's reload, which takes VS Code by surprise: it would not have saved what is open.
    const reloaded = page.waitForEvent('load');
    await runCommand(page, 'Developer: Reload Window');
    await reloaded;
    await page.locator('.tab', { hasText: '↔' }).waitFor({ timeout: RUN_TIMEOUT_MS });
    panel = await shownGraph(page);
    await panel.getByRole('application').nth(1).waitFor();
    await screenshot('16-reloaded');
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}
