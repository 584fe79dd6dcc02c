import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COUPLED_SIGN } from '../../../../webview/graph/scene/categories';
import { launchBrowser } from '../../../vscode/harness/browser';
import { bundleView, openView, type ViewPage } from './viewPage';

let browser: Browser;
let files: ReadonlyMap<string, string>;
let opened: ViewPage | undefined;

beforeAll(async () => {
  [browser, files] = await Promise.all([launchBrowser(), bundleView()]);
});
afterAll(() => browser.close());
afterEach(async () => {
  expect(opened?.problems).toEqual([]);
  await opened?.page.close();
  opened = undefined;
});

async function open(options: Parameters<typeof openView>[2] = {}): Promise<Page> {
  opened = await openView(browser, files, options);
  return opened.page;
}

/** Opens a page that shows the sample, or a chain of operators. */
async function show(chain?: number): Promise<Page> {
  const page = await open();
  await page.evaluate(async (count) => {
    const display = count === undefined ? harness.sampleGraph() : harness.chain(count);
    harness.view.show(display, harness.columnLayout(display));
    await harness.drawn();
  }, chain);
  return page;
}

const told = (page: Page, event: string): Promise<unknown[]> =>
  page.evaluate((name) => harness.told.filter(([type]) => type === name).map(([, value]) => value), event);
const place = async (page: Page, key: string): Promise<{ x: number; y: number }> => {
  await page.evaluate(() => harness.drawn());
  const { x, y } = (await page.locator(`[data-key="${key}"]`).boundingBox())!;
  return { x: Math.round(x), y: Math.round(y) };
};

describe('the graph view', () => {
  it('opens a small graph whole, without an overview', async () => {
    const page = await show();
    const texts = await page.locator('.graph-block .graph-name, .graph-container-title .graph-name').allTextContents();
    expect(texts.sort()).toEqual(['Add', 'Conv', 'Input', 'Output', 'Relu', 'layer1', 'layer2']);
    expect(await page.locator('.graph-minimap').isVisible()).toBe(false);
  });

  it('keeps only what is in view in the page, from afar none, and shows an overview', async () => {
    const page = await show(5000);
    const count = (): Promise<number> => page.locator('.graph-block').count();
    expect(await count()).toBeLessThan(40);
    expect(await page.locator('[data-key="n:0/0"]').isVisible()).toBe(true);
    await page.mouse.move(450, 350);
    for (let i = 0; i < 30; i++) await page.mouse.wheel(0, 3000);
    await page.evaluate(() => harness.drawn());
    expect(await count()).toBeLessThan(40);
    expect(await page.locator('[data-key="n:0/0"]').count()).toBe(0);
    expect(await page.locator('.graph-minimap').isVisible()).toBe(true);
    await page.evaluate(async () => {
      harness.view.fit();
      await harness.drawn();
    });
    expect(await page.locator('.graph-layer').isVisible()).toBe(false);
    expect(Object.keys(await page.evaluate(() => harness.groundColors()))).toContain('6361cf');
  });

  it('pans with the wheel, and zooms around the pointer with Ctrl and the wheel', async () => {
    const page = await show(100);
    const before = await place(page, 'n:0/2');
    await page.mouse.move(before.x + 1, before.y + 1);
    await page.mouse.wheel(0, 60);
    expect(await place(page, 'n:0/2')).toEqual({ x: before.x, y: before.y - 60 });
    await page.mouse.wheel(0, -60);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -10);
    await page.keyboard.up('Control');
    const after = await place(page, 'n:0/2');
    expect(Math.abs(after.x - before.x) + Math.abs(after.y - before.y)).toBeLessThanOrEqual(2);
    expect(await page.evaluate(() => harness.view.viewport().scale)).toBeCloseTo(2 ** 0.2);
  });

  it('pans by dragging, without taking it for a click', async () => {
    const page = await show(100);
    const before = await place(page, 'n:0/3');
    await page.mouse.move(before.x + 10, before.y + 10);
    await page.mouse.down();
    await page.mouse.move(before.x + 40, before.y - 20, { steps: 3 });
    await page.mouse.up();
    expect(await place(page, 'n:0/3')).toEqual({ x: before.x + 30, y: before.y - 30 });
    expect(await told(page, 'select')).toEqual([]);
  });

  it.each([
    [4000, 4000],
    [-4000, -4000],
  ])('keeps some of the graph in view when it is scrolled away by %i, %i', async (dx, dy) => {
    const page = await show();
    await page.mouse.move(450, 350);
    for (let i = 0; i < 5; i++) await page.mouse.wheel(dx, dy);
    await page.evaluate(() => harness.drawn());
    const { x, y, scale } = await page.evaluate(() => harness.view.viewport());
    expect(Math.abs(x - 280) * scale).toBeLessThan(450 + 280 * scale);
    expect(Math.abs(y - 250) * scale).toBeLessThan(350 + 250 * scale);
  });

  it('selects what is clicked, adds with Shift, and clears beside', async () => {
    const page = await show();
    await page.locator('[data-key="n:0/0"] .graph-name').click();
    await page.locator('[data-key="n:0/5"]').click({ modifiers: ['Shift'] });
    await page.mouse.click(5, 5);
    expect(await told(page, 'select')).toEqual([['n:0/0'], ['n:0/0', 'n:0/5'], []]);
  });

  it('selects a wire by its label, and says it', async () => {
    const page = await show();
    await page.locator('.graph-edge-label.quantized').click();
    expect(await told(page, 'select')).toEqual([['t:0/2']]);
    expect(await page.getByRole('status').textContent()).toBe(
      'Tensor from Conv to Relu, float32 1×16×32×32, u8 scale 0.0235 zero point 114 range -2.68 .. 3.31',
    );
  });

  it('opens and closes by the sign and by a double click, and activates the rest', async () => {
    const page = await show();
    await page.locator('[data-key="g:0/layer2"] .graph-toggle').click();
    await page.locator('[data-key="g:0/layer1"] .graph-toggle').click();
    await page.locator('[data-key="g:0/layer2"] .graph-name').dblclick();
    await page.locator('[data-key="n:0/5"] .graph-name').dblclick();
    expect(await told(page, 'toggle')).toEqual(['g:0/layer2', 'g:0/layer1', 'g:0/layer2']);
    expect(await told(page, 'activate')).toEqual(['n:0/5']);
  });

  it('keeps what was opened where it is on the screen', async () => {
    const page = await show(200);
    await page.mouse.move(450, 350);
    await page.mouse.wheel(0, 1000);
    const before = await place(page, 'n:0/20');
    await page.evaluate(() => {
      const { items, edges } = harness.chain(200);
      const tall = items.map((entry, i) =>
        i < 10 ? { ...entry, rows: Array(9).fill({ kind: 'attribute', label: 'a', value: 'b' }) } : entry,
      );
      const display = { items: tall, edges };
      harness.view.show(display, harness.columnLayout(display), { keep: 'n:0/20' });
    });
    expect(await place(page, 'n:0/20')).toEqual(before);
  });

  it('comes back to a place it is given, and tells of moves that people make only', async () => {
    const page = await show(300);
    const wanted = { x: 250, y: 3000, scale: 0.8 };
    await page.evaluate((viewport) => harness.view.setViewport(viewport), wanted);
    const { x, y, scale } = await page.evaluate(() => harness.view.viewport());
    expect([x, y, scale].map((value) => Math.round(value * 10) / 10)).toEqual([250, 3000, 0.8]);
    expect(await told(page, 'viewport')).toEqual([]);
    await page.mouse.move(450, 350);
    await page.mouse.wheel(0, 30);
    expect(await told(page, 'viewport')).toHaveLength(1);
  });

  it('walks by keyboard and says where it is', async () => {
    const page = await show();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('application');
    const said: (string | null)[] = [];
    for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'End']) {
      await page.keyboard.press(key);
      said.push(await page.getByRole('status').textContent());
    }
    expect(said).toEqual([
      'Input, name of i:0/0, float32 1×3×32×32',
      'Conv, name of n:0/0, float32 1×16×32×32',
      'Relu, name of n:0/1',
      'layer2, name of g:0/layer2, collapsed, 3 nodes',
      'Output, name of o:0/9',
    ]);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    expect(await told(page, 'toggle')).toEqual(['g:0/layer2']);
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => harness.view.selection())).toEqual([]);
  });

  it('zooms, fits and scrolls by keyboard, and brings into view what is selected', async () => {
    const page = await show(500);
    const scale = (): Promise<number> => page.evaluate(() => harness.view.viewport().scale);
    await page.evaluate(() => harness.view.focus());
    await page.keyboard.press('-');
    expect(await scale()).toBeCloseTo(1 / 1.25);
    await page.keyboard.press('+');
    expect(await scale()).toBeCloseTo(1);
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('0');
    expect(await scale()).toBeLessThan(0.1);
    await page.evaluate(() => harness.view.select(['n:0/321'], { reveal: true }));
    await page.evaluate(() => harness.drawn());
    expect(await page.locator('[data-key="n:0/321"].selected').isVisible()).toBe(true);
    expect(await told(page, 'select')).toEqual([]);
  });

  it('writes the figures of an overlay and the signs of changes', async () => {
    const page = await show();
    await page.evaluate(async () => {
      harness.view.setOverlay({
        overlay: 'latency',
        legend: { kind: 'scale', title: 'Latency', low: '0 ms', high: '2 ms' },
        values: new Map([['n:0/0', { text: '1.9 ms', level: 0.95 }]]),
      });
      harness.view.setMarks(new Map([['n:0/0', 'changed']]));
      harness.view.select(['n:0/0']);
      await harness.drawn();
    });
    const block = page.locator('[data-key="n:0/0"]');
    expect(await block.locator('.graph-figure').textContent()).toBe('1.9 ms');
    expect(await block.locator('.graph-change').textContent()).toBe('~');
    expect(await block.getAttribute('class')).toBe('graph-block operator level-6 changed selected');
    expect(await page.getByRole('status').textContent()).toBe(
      'Conv, name of n:0/0, float32 1×16×32×32, Latency: 1.9 ms, changed',
    );
  });

  it('marks what is coupled to the selection by a sign and a double line, and follows it into another drawing', async () => {
    const page = await show();
    await page.evaluate(async () => {
      harness.view.select(['n:0/0']);
      harness.view.setCoupled(new Set(['n:0/0', 'n:0/1', 'n:0/9']));
      await harness.drawn();
    });
    const marked = (): Promise<(string | null)[]> =>
      page
        .locator('.graph-block.coupled')
        .evaluateAll((blocks) => blocks.map((block) => block.getAttribute('data-key')).sort());
    expect(await marked()).toEqual(['n:0/1']);
    const looks = await page.locator('[data-key="n:0/1"]').evaluate((block) => {
      const { outlineStyle, overflow } = getComputedStyle(block);
      const { content } = getComputedStyle(block, '::after');
      return { outlineStyle, overflow, content };
    });
    expect(looks).toEqual({ outlineStyle: 'double', overflow: 'visible', content: `"${COUPLED_SIGN}"` });
    await page.evaluate(async () => {
      const display = harness.chain(12);
      harness.view.show(display, harness.columnLayout(display));
      await harness.drawn();
    });
    expect(await marked()).toEqual(['n:0/1', 'n:0/9']);
    await page.evaluate(async () => {
      harness.view.setCoupled(undefined);
      await harness.drawn();
    });
    expect(await marked()).toEqual([]);
  });

  it('marks what is coupled from afar too, unlike the selection', async () => {
    const page = await show(60);
    const accentPixels = (coupled: readonly string[]): Promise<number> =>
      page.evaluate(async (keys) => {
        harness.view.setCoupled(new Set(keys));
        harness.view.fit();
        await harness.drawn();
        return harness.groundColors()['0078d4'] ?? 0;
      }, coupled);
    const plain = await accentPixels([]);
    expect(await page.locator('.graph-layer').isVisible()).toBe(false);
    const [one, two] = [await accentPixels(['n:0/20']), await accentPixels(['n:0/20', 'n:0/40'])];
    expect(one).toBeGreaterThan(plain);
    expect(two - plain).toBeGreaterThan(1.5 * (one - plain));
  });

  it('takes the colours of a theme as soon as it changes', async () => {
    const page = await show();
    const background = (): Promise<string> =>
      page.locator('[data-key="n:0/0"]').evaluate((block) => getComputedStyle(block).backgroundColor);
    expect(await background()).toBe('rgb(42, 111, 196)');
    await page.evaluate(async () => {
      document.body.className = 'vscode-light';
      await harness.drawn();
    });
    expect(await background()).toBe('rgb(31, 99, 179)');
    expect(await page.evaluate(() => harness.view.svg('x').includes('#1f63b3'))).toBe(true);
  });

  it('draws names of files as text, whatever they hold', async () => {
    const page = await open();
    await page.evaluate(async () => {
      const name = `<img src=x onerror="harness.told.push(['hacked', 1])">\u0000\u202e${'y'.repeat(9000)}`;
      const rows = [{ kind: 'weight' as const, label: name, value: name }];
      const items = [harness.item('a', { title: name, name, rows }), harness.item('b')];
      const display = { items, edges: [harness.edge(0, [1], { label: name })] };
      harness.view.show(display, harness.columnLayout(display));
      await harness.drawn();
    });
    expect(await page.locator('[data-key="a"] .graph-name').textContent()).toMatch(/^<img src=x.*\ufffd\ufffdyyy/);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await told(page, 'hacked')).toEqual([]);
    const { width } = (await page.locator('[data-key="a"]').boundingBox())!;
    expect(width).toBeLessThanOrEqual(345);
  });

  it('moves at once for people who want less motion, else in steps', async () => {
    for (const [reducedMotion, steps] of [
      ['reduce', 1],
      ['no-preference', 2],
    ] as const) {
      const page = await open({ reducedMotion });
      await page.evaluate(() => {
        const display = harness.chain(100);
        harness.view.show(display, harness.columnLayout(display));
        harness.view.fit();
      });
      await page.waitForFunction(() => harness.view.viewport().scale < 0.2);
      expect((await told(page, 'viewport')).length).toBeGreaterThanOrEqual(steps);
      if (steps === 1) expect(await told(page, 'viewport')).toHaveLength(1);
      expect(opened?.problems).toEqual([]);
      if (steps === 1) await page.close();
    }
  });

  it('makes a picture of the whole graph, smaller where it would be too large', async () => {
    const page = await show();
    const [small, large] = await page.evaluate(async () => {
      const first = await harness.view.png('sample');
      const display = harness.chain(600);
      harness.view.show(display, harness.columnLayout(display));
      return [first, await harness.view.png('chain')] as const;
    });
    expect([small?.scale, small?.width]).toEqual([2, 1184]);
    expect(Buffer.from(small!.base64, 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(large!.scale).toBeLessThan(0.5);
    expect(large!.height).toBeLessThanOrEqual(16_384);
  });

  it('moves to where the overview is pressed', async () => {
    const page = await show(1000);
    const box = (await page.locator('.graph-minimap canvas').boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height * 0.75);
    const { y } = await page.evaluate(() => harness.view.viewport());
    expect(y / 64_000).toBeCloseTo(0.75, 1);
    expect(await told(page, 'select')).toEqual([]);
  });

  it('comes back where it was after it was hidden', async () => {
    const page = await show(300);
    await page.evaluate(() => harness.view.setViewport({ x: 280, y: 4000, scale: 1 }));
    const style = (display: string): Promise<void> =>
      page.evaluate(async (value) => {
        document.querySelector('main')!.style.display = value;
        await harness.drawn();
      }, display);
    await style('none');
    await page.evaluate(() => harness.view.setViewport({ x: 280, y: 5000, scale: 1 }));
    await style('');
    expect((await page.evaluate(() => harness.view.viewport())).y).toBeCloseTo(5000);
    await style('none');
    await style('');
    expect((await page.evaluate(() => harness.view.viewport())).y).toBeCloseTo(5000);
  });

  it('has no fault that axe finds', async () => {
    const page = await show(300);
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async () => {
      const { violations: found } = await (globalThis as unknown as { axe: typeof axe }).axe.run('.graph-view');
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    expect(violations).toEqual([]);
  });

  it('leaves nothing behind', async () => {
    const page = await show();
    await page.evaluate(() => harness.view.dispose());
    expect(await page.locator('main').innerHTML()).toBe('');
  });
});
