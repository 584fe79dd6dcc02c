import { readFileSync } from 'node:fs';
import type { Browser, CDPSession } from 'playwright-core';
import type { PanelServer } from './panelServer';

/** Frames of one gesture, in milliseconds. */
export interface Frames {
  readonly median: number;
  readonly p95: number;
  /** Of one step of input, which waits for the one before. */
  readonly step: number;
}

/** What one opening of one model took. */
export interface Opening {
  readonly openSeconds: number;
  /** Of these, until the engine's answer was in the page. */
  readonly readSeconds: number;
  /** Until all groups were open; absent where that needs no other layout within 10 s. */
  readonly expandSeconds?: number;
  readonly rendererMegabytes: number;
  readonly engineMegabytes: number;
  /** Elements of the page with all groups open. */
  readonly elements: number;
  readonly gestures: Readonly<Record<string, Frames>>;
}

const STEPS = 60;
const WHEEL_STEPS = 30;
/** A pinch of this many pixels changes the scale by 2 ** 0.1. */
const WHEEL_PIXELS = 5;
const FRAME_MS = 1000 / 60;
const CTRL = 2;

/** Opens a model in a page of its own, opens all groups, drags and zooms; the picture goes to `picture` where given. */
export async function measurePanel(
  browser: Browser,
  server: PanelServer,
  path: string,
  picture?: string,
): Promise<Opening> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await server.prepare(path);
  await page.goto(server.address);
  const opened = (await page.evaluate('bench.open()')) as { seconds: number; readSeconds: number }; // what it returns
  const expandSeconds = ((await page.evaluate('bench.expand()')) ?? undefined) as number | undefined;
  await page.waitForTimeout(500);
  if (picture !== undefined) await page.screenshot({ path: picture });
  const cdp = await context.newCDPSession(page);
  const gestures = await measureGestures(cdp);
  const elements = await page.evaluate<number>('document.querySelectorAll("*").length');
  const rendererMegabytes = await rendererPeak(browser);
  await context.close();
  if (problems.length > 0) throw new Error(`${path}: ${problems.join('; ')}`);
  return {
    openSeconds: opened.seconds,
    readSeconds: opened.readSeconds,
    ...(expandSeconds === undefined ? {} : { expandSeconds }),
    ...{ rendererMegabytes, engineMegabytes: server.engineMegabytes(), elements, gestures },
  };
}

async function measureGestures(cdp: CDPSession): Promise<Record<string, Frames>> {
  const mouse = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', x: number, y: number, buttons: number) =>
    cdp.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons, clickCount: 1 });
  const wheel = (deltaY: number) => () =>
    cdp.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x: 700, y: 500, deltaX: 0, deltaY, modifiers: CTRL });
  const drag = async (): Promise<Frames> => {
    await mouse('mouseMoved', 500, 840, 0);
    await mouse('mousePressed', 500, 840, 1);
    const frames = await steps(cdp, STEPS, (i) => mouse('mouseMoved', 500 + 2 * i, 840 - 10 * i, 1));
    await mouse('mouseReleased', 500 + 2 * STEPS, 840 - 10 * STEPS, 0);
    return frames;
  };
  const out: Record<string, Frames> = {};
  out['drag'] = await drag();
  out['zoom out'] = await steps(cdp, WHEEL_STEPS, wheel(WHEEL_PIXELS));
  out['drag zoomed out'] = await drag();
  out['zoom in'] = await steps(cdp, WHEEL_STEPS, wheel(-WHEEL_PIXELS));
  out['zoom to all'] = await steps(cdp, 4 * WHEEL_STEPS, wheel(WHEEL_PIXELS));
  out['drag of all'] = await drag();
  return out;
}

/** Sends steps of input, each after the one before was answered and not faster than the screen. */
async function steps(cdp: CDPSession, count: number, send: (i: number) => Promise<unknown>): Promise<Frames> {
  await evaluate(cdp, 'bench.start()');
  const started = performance.now();
  for (let i = 1; i <= count; i++) {
    const begun = performance.now();
    await send(i);
    const rest = FRAME_MS - (performance.now() - begun);
    if (rest > 0) await new Promise((done) => setTimeout(done, rest));
  }
  const step = (performance.now() - started) / count;
  const times = (await evaluate(cdp, 'bench.stop()')) as number[]; // of requestAnimationFrame
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? time));
  gaps.sort((a, b) => a - b);
  return { median: quantile(gaps, 0.5), p95: quantile(gaps, 0.95), step };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

async function evaluate(cdp: CDPSession, expression: string): Promise<unknown> {
  return (await cdp.send('Runtime.evaluate', { expression, returnByValue: true })).result.value;
}

/** Peak resident memory of the largest renderer, by the kernel's own count; NaN outside of Linux. */
async function rendererPeak(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const peaks = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => peakOf(id));
  return peaks.length === 0 ? NaN : Math.max(...peaks);
}

function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  } catch {
    return NaN;
  }
}
