import type { Browser } from 'playwright-core';
import type { ComparisonPanelMessage, ComparisonPanelRequest } from '../../../src/protocol';
import type { ThemeName } from '../graph/app/themes';
import { openSinglePage, serveSinglePage, type SinglePage } from '../singlePage';

/** The comparison panel in a browser. */
export type ComparisonPage = SinglePage<ComparisonPanelRequest, ComparisonPanelMessage>;

export const serveComparison = (): ReturnType<typeof serveSinglePage> => serveSinglePage('comparison', 'img-src data:');

/** Opens it in a page of its own; what it is sent is up to the test. */
export function openComparison(browser: Browser, address: string, theme: ThemeName): Promise<ComparisonPage> {
  return openSinglePage(browser, address, theme, { width: 1280, height: 900 });
}
