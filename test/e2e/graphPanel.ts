import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { answers, explorerRow, webview } from './window';

const SHOWN_TIMEOUT_MS = 30_000;
const OPEN_ATTEMPTS = 20;
const OPEN_REST_MS = 500;

/** The part of axe's result that says what is wrong and where. */
interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/**
 * Opens a model by a double click in the explorer and waits for its graph.
 * The explorer is painted before VS Code knows the editors that extensions bring: so it tries again.
 */
export async function openGraph(page: Page, file: string): Promise<FrameLocator> {
  const tab = page.locator('.tab', { hasText: file });
  const frame = page.locator('iframe.webview.ready');
  for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt++) {
    await explorerRow(page, file).dblclick();
    await frame.or(page.locator('.monaco-editor-pane-placeholder')).first().waitFor();
    if ((await frame.count()) > 0) return shownGraph(page);
    await tab.click({ button: 'middle' });
    await tab.waitFor({ state: 'hidden' });
    await page.waitForTimeout(OPEN_REST_MS);
  }
  throw new Error(`${file} opens in another editor.`);
}

/** The panel that is open, once it has drawn its graph. */
export async function shownGraph(page: Page): Promise<FrameLocator> {
  const panel = webview(page);
  await blocks(panel).first().waitFor({ timeout: SHOWN_TIMEOUT_MS });
  return panel;
}

/** The blocks of nodes, groups, inputs and outputs that are in view. */
export function blocks(panel: FrameLocator): Locator {
  return panel.locator('.graph-block');
}

/** Colours the graph by the overlay of this name. */
export async function chooseOverlay(panel: FrameLocator, name: string): Promise<void> {
  await panel.getByRole('combobox', { name: 'Overlay' }).selectOption({ label: name });
}

/** Types into the search field, picks the first match, and closes the search again. */
export async function selectByFinding(page: Page, panel: FrameLocator, text: string): Promise<void> {
  await panel.getByRole('application').first().focus();
  await page.keyboard.press('Control+f');
  const search = panel.getByRole('search');
  await search.waitFor();
  const field = search.getByRole('textbox');
  await field.fill(text);
  await panel.locator('.matches li').first().waitFor();
  await field.press('Enter');
  await page.keyboard.press('Escape');
}

/** Accepts the file that the save dialog proposes. In a browser VS Code asks with a line of text, not a native window. */
export async function acceptSaveDialog(page: Page): Promise<void> {
  const dialog = page.locator('.quick-input-widget:visible');
  await dialog.locator('input').first().waitFor();
  // The dialog takes no answer before it has listed the folder.
  await answers(page).first().waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
}

/** What axe finds in the panel that people with disabilities would trip over; one line each. */
export async function seriousViolations(page: Page): Promise<string[]> {
  const frame = await contentFrame(page);
  const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
  await frame.evaluate(axe);
  const { violations } = await frame.evaluate<AxeResult>('axe.run(document, { resultTypes: ["violations"] })');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

async function contentFrame(page: Page): Promise<Frame> {
  const element = await page.frameLocator('iframe.webview.ready').locator('iframe#active-frame').elementHandle();
  const frame = await element?.contentFrame();
  if (frame === undefined || frame === null) throw new Error('No panel is open.');
  return frame;
}
