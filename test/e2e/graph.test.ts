import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { acceptSaveDialog, blocks, openGraph, selectByFinding, seriousViolations, shownGraph } from './graphPanel';
import { answers, chooseFromContextMenu, notification, useWindow } from './window';

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
    await screenshot('8-expanded');
    assert.ok((await blocks(panel).count()) > collapsed);
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

  it('keeps a layer out of quantization through the recipe', async () => {
    const { page, folder, screenshot } = window();
    await selectByFinding(page, panel, CONVOLUTION);
    await panel.getByText('Exclude from quantization').first().click();
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

  it('stands beside its quantized version', async () => {
    const { page, screenshot } = window();
    await chooseFromContextMenu(page, 'digits.onnx', 'Quantize Model');
    await answers(page).filter({ hasText: 'Fastest int8' }).click();
    await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).first().click();
    const end = notification(page, /digits\.int8\.onnx is ready/);
    await end.waitFor({ timeout: RUN_TIMEOUT_MS });
    await end.getByText('Open Side by Side').click();
    await page.locator('.tab', { hasText: '↔' }).waitFor();
    await end.waitFor({ state: 'hidden' });
    panel = await shownGraph(page);
    await panel.getByRole('application').nth(1).waitFor();
    await panel
      .getByText(/changed/)
      .first()
      .waitFor();
    await screenshot('14-side-by-side');
    assert.deepEqual(await seriousViolations(page), []);
  });
});

async function chooseOverlay(panel: FrameLocator, name: string): Promise<void> {
  await panel.getByRole('combobox', { name: 'Overlay' }).click();
  await panel.getByRole('option', { name }).click();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}
