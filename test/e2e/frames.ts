import type { Page } from 'playwright-core';

const POLL_MS = 250;

/** Waits until something is in one of the open webviews; several are open, so none of them is the one. */
export async function waitInFrames(page: Page, selector: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    // A frame may go while it is looked into.
    const counts = await Promise.all(
      page.frames().map((frame) =>
        frame
          .locator(selector)
          .count()
          .catch(() => 0),
      ),
    );
    if (counts.some((count) => count > 0)) return;
    await page.waitForTimeout(POLL_MS);
  }
  throw new Error(`No webview has ${selector}.`);
}
