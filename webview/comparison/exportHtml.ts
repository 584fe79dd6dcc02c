import bodyCss from './comparisonBody.css' with { type: 'text' };
import { createComparisonPage, type PageContent } from './page';

/** Colours of a file that no editor theme gives any. */
const COLOURS = `:root {
  color-scheme: light dark;
  --press-text: light-dark(#1f1f1f, #d4d4d4);
  --press-text-muted: light-dark(#5c5c5c, #a0a0a0);
  --press-background: light-dark(#ffffff, #1f1f1f);
  --press-surface: light-dark(#f6f6f6, #262626);
  --press-border: light-dark(#d0d0d0, #454545);
  --press-series: light-dark(#0b61c4, #4ea1ff);
  --press-good: light-dark(#1a7f37, #6cc070);
  --press-fair: light-dark(#8a6100, #d6a72c);
  --press-poor: light-dark(#c4262e, #f2787c);
  --press-link: light-dark(#0b61c4, #4ea1ff);
  --press-font: system-ui, sans-serif;
  --press-font-size: 14px;
}
body { padding: 0 24px 48px; }
`;

/** Nothing may load or run in the file, whatever it holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * The comparison as one HTML file: no script, no network, pictures and styles inside. Texts are escaped by the browser
 * that serialises the elements.
 */
export function comparisonHtml(content: PageContent): string {
  const page = document.implementation.createHTMLDocument(
    `${content.document.beforeName} – ${content.document.afterName}`,
  );
  page.documentElement.lang = content.locale;
  const meta = (attributes: Readonly<Record<string, string>>): HTMLMetaElement => {
    const node = page.createElement('meta');
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const style = page.createElement('style');
  style.textContent = COLOURS + bodyCss;
  page.head.prepend(
    meta({ charset: 'utf-8' }),
    meta({ 'http-equiv': 'Content-Security-Policy', content: POLICY }),
    meta({ name: 'viewport', content: 'width=device-width, initial-scale=1' }),
  );
  page.head.append(style);
  const main = page.createElement('main');
  main.append(page.adoptNode(createComparisonPage(content, undefined)));
  page.body.append(main);
  return `<!DOCTYPE html>\n${page.documentElement.outerHTML}\n`;
}
