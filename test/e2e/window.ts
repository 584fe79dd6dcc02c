import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { launchBrowser, VIEWPORT, workbenchUrl } from '../vscode/harness/browser';
import { installServer } from '../vscode/harness/installServer';
import { repositoryRoot, selectedLane } from '../vscode/harness/lanes';
import { installExtension, startServer } from '../vscode/harness/server';
import { copySample, type SampleCopy } from '../vscode/harness/workspace';
import { picturesFolder } from './pictures';

/** The package that `npm run test:e2e` makes before it starts the tests. */
export const packagePath = join(repositoryRoot, 'out/e2e.vsix');

const START_TIMEOUT_MS = 60_000;
/** The tree of files: the window is there and a folder is open in it. */
const EXPLORER = '.monaco-workbench .explorer-folders-view';
const TALL_HEIGHT = 2400;
const MENU_ATTEMPTS = 15;
const CLICKS_PER_MENU = 3;
const MENU_TIMEOUT_MS = 2_000;

/** A window of VS Code with the packaged extension installed and, unless it is empty, a copy of the sample workspace open. */
export interface VsCodeWindow {
  readonly page: Page;
  /** The copy of the sample workspace; an empty folder where no folder is open. */
  readonly folder: string;
  /** Where the package is installed. */
  readonly extensionsFolder: string;
  /** Keeps a picture of the window in `test-results/`. */
  screenshot(name: string): Promise<void>;
  /** The same in a window so tall that a whole report fits. */
  tallScreenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

/** What differs from a plain English window. */
export interface WindowOptions {
  /** Prefix of the pictures and the log. */
  readonly name: string;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Display language, such as `zh-cn`; English without it. */
  readonly language?: string;
  /** Opens no folder. */
  readonly isEmpty?: boolean;
}

/** Installs the package into a fresh VS Code and opens a window of it. */
async function openWindow(options: WindowOptions): Promise<VsCodeWindow> {
  const scratch = mkdtempSync(join(tmpdir(), 'onnx-press-e2e-'));
  const dataFolder = join(scratch, 'data');
  const extensionsFolder = join(scratch, 'extensions');
  mkdirSync(picturesFolder, { recursive: true });
  const installed = installServer(selectedLane());
  const isEmpty = options.isEmpty === true;
  const sample = isEmpty ? emptyFolder() : copySample();
  installExtension(installed, packagePath, extensionsFolder, dataFolder);
  const server = await startServer(installed, {
    dataFolder,
    extensionsFolder,
    settings: options.settings ?? {},
    language: options.language,
    logFile: join(picturesFolder, `${options.name}-server.log`),
  });
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.goto(workbenchUrl(server.url, isEmpty ? undefined : sample.folder, []));
  const painted = isEmpty ? '.monaco-workbench .part.activitybar' : EXPLORER;
  await page.locator(painted).waitFor({ timeout: START_TIMEOUT_MS });
  const screenshot = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(picturesFolder, `${options.name}-${name}.png`) });
  };
  return {
    page,
    folder: sample.folder,
    extensionsFolder,
    screenshot,
    tallScreenshot: async (name) => {
      await page.setViewportSize({ ...VIEWPORT, height: TALL_HEIGHT });
      await screenshot(name);
      await page.setViewportSize(VIEWPORT);
    },
    close: async () => {
      await browser.close();
      await server.stop();
      sample.remove();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** A folder that a test may write into. */
function emptyFolder(): SampleCopy {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-press-empty-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Opens a window before the tests of the enclosing `describe` and closes it after them.
 * A test that fails leaves a picture. Returns what reads the open window.
 */
export function useWindow(options: WindowOptions): () => VsCodeWindow {
  let window: VsCodeWindow | undefined;
  const current = (): VsCodeWindow => {
    if (window === undefined) throw new Error('The window is not open yet.');
    return window;
  };
  before(async () => {
    window = await openWindow(options);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await current().screenshot(`failed-${this.currentTest.title}`);
  });
  after(() => window?.close());
  return current;
}

/** The row of a file in the explorer. */
export function explorerRow(page: Page, file: string): Locator {
  return page.locator('.explorer-folders-view .monaco-list-row').filter({ has: page.getByText(file, { exact: true }) });
}

/**
 * Opens the context menu of a file and returns the entry named `label`.
 * The explorer is painted before extensions have added theirs, and an open menu does not change: so it tries again.
 */
async function openContextMenu(page: Page, file: string, label: string): Promise<Locator> {
  const entry = page.locator('.monaco-menu .action-item', { hasText: label });
  for (let attempt = 1; attempt <= MENU_ATTEMPTS; attempt++) {
    await explorerRow(page, file).click({ button: 'right' });
    const shown = await entry.waitFor({ timeout: MENU_TIMEOUT_MS }).then(
      () => true,
      () => false,
    );
    if (shown) return entry;
    await page.keyboard.press('Escape');
  }
  throw new Error(`The context menu of ${file} has no entry ${label}.`);
}

/**
 * Chooses an entry of a file's context menu. A menu that has just opened does not take clicks yet, so that a long press
 * of the right button chooses nothing; and now and then one never does. So an entry is clicked until its menu has
 * closed, and after a few clicks the menu is opened anew. `onOpen` sees the first menu.
 */
export async function chooseFromContextMenu(
  page: Page,
  file: string,
  label: string,
  onOpen: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (let attempt = 0; attempt < MENU_ATTEMPTS; attempt++) {
    const entry = await openContextMenu(page, file, label);
    if (attempt === 0) await onOpen();
    for (let click = 0; click < CLICKS_PER_MENU; click++) {
      await entry.click();
      const closed = await entry.waitFor({ state: 'hidden', timeout: MENU_TIMEOUT_MS }).then(
        () => true,
        () => false,
      );
      if (closed) return;
    }
    await page.keyboard.press('Escape');
    await entry.waitFor({ state: 'hidden' });
  }
  throw new Error(`The context menu of ${file} did not take a click on ${label}.`);
}

/** Runs a command from the palette; extensions add theirs a moment after the window is there. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const entry = answers(page).filter({ hasText: title });
  for (let attempt = 1; attempt <= 10; attempt++) {
    await page.keyboard.press('F1');
    await page.keyboard.type(title);
    const shown = await entry.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
    if (shown) {
      await page.keyboard.press('Enter');
      return;
    }
    await page.keyboard.press('Escape');
  }
  throw new Error(`The command palette has no entry ${title}.`);
}

/** The answers that a question at the top of the window offers. */
export function answers(page: Page): Locator {
  return page.locator('.quick-input-widget:visible .monaco-list-row');
}

/** The first line of each answer, without its description. */
export async function answerLabels(page: Page): Promise<string[]> {
  const labels = answers(page).locator('.quick-input-list-row:first-child .label-name');
  await labels.first().waitFor();
  return await labels.allTextContents();
}

/** A notification that contains `text`. */
export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator('.notifications-toasts .notification-list-item', { hasText: text });
}

/** The document inside the only open webview. */
export function webview(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}
