import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { repositoryRoot } from '../vscode/harness/lanes';
import { waitInFrames } from './frames';
import { shownGraph } from './graphPanel';
import { answers, explorerRow, notification, runCommand, useWindow } from './window';

/** The sample is small; a minute is a machine that is busy with much else. */
const RUN_TIMEOUT_MS = 90_000;
const LOAD_TIMEOUT_MS = 60_000;

/** VS Code's own words stay English in the Chinese window; ours do not. */
const WINDOWS = [
  { name: 'tour', language: undefined, texts: 'package.nls.json', preset: 'Balanced int8' },
  { name: 'tour-zh-cn', language: 'zh-cn', texts: 'package.nls.zh-cn.json', preset: '均衡 int8' },
] as const;

for (const { name, language, texts, preset } of WINDOWS) {
  describe(`the walkthrough in ${language ?? 'English'}`, () => {
    const window = useWindow({ name, isEmpty: true, ...(language === undefined ? {} : { language }) });
    // Every value of this file is a string.
    const text = JSON.parse(readFileSync(join(repositoryRoot, texts), 'utf8')) as Record<string, string>;
    const say = (key: string): string => text[key]!;

    let isBroken = false;
    beforeEach(function () {
      // Every test goes on where the one before it ended.
      if (isBroken) throw new Error('An earlier step failed.');
    });
    afterEach(function () {
      isBroken ||= this.currentTest?.state === 'failed';
    });

    it('is found in an empty window', async () => {
      const { page, screenshot } = window();
      await runCommand(page, `ONNX Press: ${say('command.openWalkthrough')}`);
      await step(page, say('walkthrough.sample.title')).waitFor();
      await screenshot('1-walkthrough');
    });

    it('makes the sample where the person says, and goes on in its window', async () => {
      const { page, folder, screenshot } = window();
      await press(page, say('command.createSampleWorkspace'));
      await chooseFolder(page, folder, () => screenshot('2-folder'));
      await explorerRow(page, 'digits.onnx').waitFor({ timeout: LOAD_TIMEOUT_MS });
      await button(page, say('command.quantize')).waitFor({ timeout: LOAD_TIMEOUT_MS });
      await screenshot('3-sample');
      assert.ok(existsSync(join(folder, 'onnx-press-sample', 'digits.onnx')));
      await doneStep(page, say('walkthrough.sample.title')).waitFor();
      assert.equal(await doneSteps(page).count(), 1);
    });

    it('quantizes the sample', async () => {
      const { page, screenshot } = window();
      await press(page, say('command.quantize'));
      await answers(page).filter({ hasText: preset }).waitFor();
      await screenshot('4-presets');
      await answers(page).filter({ hasText: preset }).click();
      await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).click();
      await notification(page, /digits\.int8\.onnx/).waitFor({ timeout: RUN_TIMEOUT_MS });
      await screenshot('5-quantized');
      await doneStep(page, say('walkthrough.quantize.title')).waitFor();
      await runCommand(page, 'Notifications: Clear All Notifications');
    });

    it('shows the graph', async () => {
      const { page, screenshot } = window();
      await openStep(page, say('walkthrough.graph.title'));
      await press(page, say('command.openGraph'));
      await answers(page).filter({ hasText: 'digits.int8.onnx' }).click();
      await shownGraph(page);
      await screenshot('6-graph');
      await backToWalkthrough(page);
      await doneStep(page, say('walkthrough.graph.title')).waitFor();
    });

    it('compares', async () => {
      const { page, screenshot } = window();
      await openStep(page, say('walkthrough.compare.title'));
      await press(page, say('command.compareModels'));
      await answers(page).filter({ hasText: 'digits.int8.onnx' }).click();
      await answers(page).filter({ hasText: 'digits.onnx' }).first().click();
      await waitInFrames(page, '.card[data-card="accuracy"]', RUN_TIMEOUT_MS);
      await screenshot('7-comparison');
      await backToWalkthrough(page);
      await doneStep(page, say('walkthrough.compare.title')).waitFor();
    });

    it('prunes', async () => {
      const { page, screenshot } = window();
      await openStep(page, say('walkthrough.train.title'));
      await press(page, say('command.pruneModel'));
      await answers(page).filter({ hasText: 'digits.onnx' }).first().click();
      // Masks do not depend on what is fast on this machine.
      await answers(page).filter({ hasText: '2:4' }).first().waitFor();
      await screenshot('8-methods');
      await answers(page).filter({ hasText: '2:4' }).first().click();
      await answers(page).filter({ hasText: 'digits-calibration.dataset.json' }).first().click();
      await notification(page, /digits\.2of4\.onnx/).waitFor({ timeout: RUN_TIMEOUT_MS });
      await screenshot('9-pruned');
      await doneStep(page, say('walkthrough.train.title')).waitFor();
    });

    it('is done from the first step to the last', async () => {
      const { page, screenshot } = window();
      assert.equal(await doneSteps(page).count(), await steps(page).count());
      await screenshot('10-done');
    });

    it('leaves its runs in the runs view', async () => {
      const { page, screenshot } = window();
      await page.locator('.activitybar .action-item', { has: page.locator('[aria-label^="ONNX Press"]') }).click();
      await page.locator('.monaco-list-row', { hasText: 'digits.int8.onnx' }).waitFor();
      await waitInFrames(page, 'circle.point.front', RUN_TIMEOUT_MS);
      await screenshot('11-runs');
    });
  });
}

/** Answers VS Code's own question for a folder, which fills in the home folder when it is ready to be asked, and lists it. */
async function chooseFolder(page: Page, folder: string, beforeAnswer: () => Promise<void>): Promise<void> {
  const path = page.locator('.quick-input-widget:visible input');
  await answers(page).first().waitFor();
  await path.fill(`${folder}/`);
  await answers(page).filter({ hasNotText: '..' }).first().waitFor({ state: 'hidden' });
  assert.equal(await path.inputValue(), `${folder}/`);
  await beforeAnswer();
  await page.locator('.quick-input-widget:visible .quick-input-action .monaco-button:not(:empty)').click();
  await path.waitFor({ state: 'hidden' });
}

function steps(page: Page): Locator {
  return page.locator('.getting-started-step');
}

function step(page: Page, title: string): Locator {
  return steps(page).filter({ hasText: title });
}

function button(page: Page, label: string): Locator {
  return page.locator('.getting-started-step.expanded .monaco-button').filter({ hasText: label });
}

/** Presses a button of the open step. */
async function press(page: Page, label: string): Promise<void> {
  await button(page, label).click();
}

async function openStep(page: Page, title: string): Promise<void> {
  await step(page, title).locator('.step-title').click();
  await page.locator('.getting-started-step.expanded').filter({ hasText: title }).waitFor();
}

/** The steps that are ticked. */
function doneSteps(page: Page): Locator {
  return steps(page).filter({ has: page.locator('.codicon-getting-started-step-checked.complete') });
}

function doneStep(page: Page, title: string): Locator {
  return doneSteps(page).filter({ hasText: title });
}

async function backToWalkthrough(page: Page): Promise<void> {
  await page.locator('.tab', { hasText: 'Walkthrough' }).first().click();
  await steps(page).first().waitFor();
}
