import { mkdirSync, readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecipeFormMessage, RecipeTexts } from '../../../src/protocol';
import { RECIPE_FORM_STRINGS } from '../../../src/protocol/recipeForm';
import { RECIPE_TEXTS } from '../../../src/protocol/recipeTexts';
import { launchBrowser } from '../../vscode/harness/browser';
import type { ThemeName } from '../graph/app/themes';
import { openRecipe, serveRecipe, type RecipePage } from './recipePage';

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const PICTURES = 'test-results/recipe';
const HOSTILE = '<img src=x onerror=alert(1)>';

let browser: Browser;
let server: Awaited<ReturnType<typeof serveRecipe>>;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), serveRecipe()]);
  mkdirSync(PICTURES, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  server.close();
});

const RECIPE = {
  format: 'onnx-press-recipe',
  version: 2,
  model: 'digits.onnx',
  data: `${HOSTILE}.json`,
  steps: [
    { kind: 'prune', method: 'channel', amount: 2, protect: ['conv1', '/head/*'] },
    { kind: 'quantize', mode: 'static' },
  ],
  targets: { size: { ratioAtMost: 0.3 } },
};

function message(rest: Partial<RecipeFormMessage> = {}): RecipeFormMessage {
  return {
    type: 'recipe/show',
    name: 'digits.press.json',
    recipe: RECIPE,
    problems: [
      { path: ['steps', 0, 'amount'], message: 'Value is above the maximum of 1.' },
      { path: ['sleps'], message: 'Property sleps is not allowed.' },
    ],
    texts: RECIPE_TEXTS,
    strings: RECIPE_FORM_STRINGS,
    locale: 'en',
    ...rest,
  };
}

async function shown(theme: ThemeName = 'dark', rest: Partial<RecipeFormMessage> = {}): Promise<RecipePage> {
  const opened = await openRecipe(browser, server.address, theme);
  await opened.send(message(rest));
  await opened.page.waitForSelector('h1');
  return opened;
}

describe('the form of a recipe', () => {
  it('shows what is set, what is wrong where it is wrong, and no markup of a file', async () => {
    const { page, errors } = await shown();
    expect(await page.locator('#field-steps-0-protect').inputValue()).toBe('conv1\n/head/*');
    expect(await page.locator('#field-steps-1-mode option:checked').innerText()).toBe('static');
    expect(await page.locator('.field.wrong').innerText()).toContain('Value is above the maximum of 1.');
    expect(await page.locator('main > div > .problem').innerText()).toBe('Property sleps is not allowed.');
    expect(await page.locator('img').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('sends edits when a control is left, and nothing for what cannot be read', async () => {
    const { page, sent } = await shown();
    const field = page.locator('#field-targets-size-ratioAtMost input');
    await field.fill('0.25');
    await field.blur();
    await field.fill('a quarter');
    await field.blur();
    expect(await page.locator('#field-targets-size-ratioAtMost-problem').innerText()).toBe('This is not a number.');
    await field.fill('');
    await field.blur();
    await page.locator('#field-steps-1-mode').selectOption({ label: 'fp16' });
    await page.locator('#field-steps-0-protect').fill('conv2\n\nfc');
    await page.locator('#field-steps-0-protect').blur();
    expect(sent).toEqual([
      { type: 'ready' },
      { type: 'set', path: ['targets', 'size', 'ratioAtMost'], value: 0.25 },
      { type: 'set', path: ['targets', 'size', 'ratioAtMost'], value: null },
      { type: 'set', path: ['steps', 1, 'mode'], value: 'fp16' },
      { type: 'set', path: ['steps', 0, 'protect'], value: ['conv2', 'fc'] },
    ]);
  });

  it('adds, moves, removes and runs steps with the keyboard', async () => {
    const { page, sent } = await shown();
    await page.locator('#new-step').selectOption('evaluate');
    for (const id of ['add-step', 'down-0', 'remove-1', 'from-1', 'run']) {
      await page.locator(`#${id}`).focus();
      await page.keyboard.press('Enter');
    }
    expect(sent.slice(1)).toEqual([
      { type: 'addStep', kind: 'evaluate' },
      { type: 'swapSteps', index: 0 },
      { type: 'removeStep', index: 1 },
      { type: 'run', from: 2 },
      { type: 'run' },
    ]);
    expect(await page.locator('#up-0').getAttribute('disabled')).not.toBeNull();
  });

  it('keeps focus and what is unfolded when the text changes', async () => {
    const { page, send } = await shown();
    await page.locator('#more-1 summary').click();
    await page.locator('#field-steps-1-mode').focus();
    await send(message({ recipe: { ...RECIPE, model: 'other.onnx' } }));
    await page.waitForFunction(() =>
      [...document.querySelectorAll('vscode-text-field')].some((field) => field.getAttribute('value') === 'other.onnx'),
    );
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('field-steps-1-mode');
    expect(await page.locator('#more-1').getAttribute('open')).not.toBeNull();
  });

  it('speaks the language of the host', async () => {
    // The keys stay; what stands there is no table's own text.
    const texts = Object.fromEntries(Object.keys(RECIPE_TEXTS).map((key) => [key, `«${key}»`])) as RecipeTexts;
    const { page } = await shown('light', { texts, locale: 'zh-cn' });
    expect(await page.locator('#field-model-hint').innerText()).toBe('«model»');
    expect(await page.locator('#field-steps-1-mode-hint').innerText()).toBe('«quantize.mode»');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-cn');
  });

  it('says what to do where the text is no recipe', async () => {
    const opened = await openRecipe(browser, server.address, 'dark');
    const { recipe: _recipe, ...broken } = message();
    await opened.send(broken);
    await opened.page.waitForSelector('h1');
    expect(await opened.page.locator('p').innerText()).toBe(RECIPE_FORM_STRINGS.notJson);
  });

  it.each<ThemeName>(['dark', 'light', 'high-contrast', 'high-contrast-light'])(
    'has no accessibility fault in %s',
    async (theme) => {
      const { page, errors } = await shown(theme);
      await page.screenshot({ path: `${PICTURES}/${theme}.png`, fullPage: true });
      await page.evaluate(AXE);
      const result = await page.evaluate<AxeResults>('axe.run()');
      expect(result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
      expect(errors).toEqual([]);
    },
  );
});
