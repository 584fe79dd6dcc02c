import type { Browser, CDPSession, Page } from 'playwright-core';
import { clock, peakMegabytes, type PanelServer } from './panelServer';

/** Frames of one gesture, in milliseconds. */
export interface Frames {
  readonly median: number;
  readonly p95: number;
  /** Of one step of input, which waits for the one before. */
  readonly step: number;
}

/** When the steps of an opening were reached, in milliseconds after the editor was asked. */
export type Timeline = Readonly<Partial<Record<Step, number>>>;

/** The steps in their usual order: those of the engine and of the page run beside each other up to `document`. */
export const STEPS_OF_OPENING = [
  ...(['answered', 'script', 'document', 'groups', 'display', 'measured', 'arranged', 'scene', 'shown'] as const),
];
type Step = (typeof STEPS_OF_OPENING)[number];

/** How a model is opened: with an engine that starts with it or runs already, collapsed as usual or with all groups open. */
export type Way = 'cold' | 'warm' | 'expanded';

/** What one opening of one model took. */
export interface Opening {
  readonly timeline: Timeline;
  readonly rendererMegabytes: number;
  readonly engineMegabytes: number;
}

/** How the panel moves with all groups open. */
export interface Movement {
  readonly gestures: Readonly<Record<string, Frames>>;
  /** Elements of the page with all groups open. */
  readonly elements: number;
}

const STEPS = 60;
const WHEEL_STEPS = 30;
/** A pinch of this many pixels changes the scale by 2 ** 0.1. */
const WHEEL_PIXELS = 5;
const FRAME_MS = 1000 / 60;
const CTRL = 2;

/** Opens a model in a page of its own; the page and, unless it runs, the engine start in that moment. */
export async function measureOpening(
  browser: Browser,
  server: PanelServer,
  { path, way, groups }: { readonly path: string; readonly way: Way; readonly groups: readonly string[] },
  inspect?: (page: Page) => Promise<void>,
): Promise<Opening> {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  server.prepare(path, way === 'expanded' ? groups : undefined);
  if (way !== 'cold') await server.startEngine();
  const started = clock();
  server.ask();
  await page.goto(server.address, { waitUntil: 'domcontentloaded' });
  const marks = (await page.evaluate('bench.opened()')) as Record<string, number>; // by name, since 1970
  const rendererMegabytes = await rendererPeak(browser);
  const engineMegabytes = server.engineMegabytes();
  await inspect?.(page);
  await page.close();
  await server.stopEngine();
  if (problems.length > 0) throw new Error(`${path}: ${problems.join('; ')}`);
  const reached: Record<string, number> = { ...marks, answered: server.answeredAt() };
  const timeline = Object.fromEntries(STEPS_OF_OPENING.map((step) => [step, (reached[step] ?? NaN) - started]));
  return { timeline, rendererMegabytes, engineMegabytes };
}

/** Opens all groups of the page's graph, drags and zooms; the picture goes to `picture` where given. */
export async function measureMovement(page: Page, picture?: string): Promise<Movement> {
  await page.evaluate('bench.expand()');
  await page.waitForTimeout(500);
  if (picture !== undefined) await page.screenshot({ path: picture });
  const gestures = await measureGestures(await page.context().newCDPSession(page));
  const elements = await page.evaluate<number>('document.querySelectorAll("*").length');
  return { gestures, elements };
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
  const peaks = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => peakMegabytes(id));
  return peaks.length === 0 ? NaN : Math.max(...peaks);
}
