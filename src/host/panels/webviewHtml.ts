import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Where built webview files lie, below the extension. */
export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

/** What a page loads; files lie in `dist/webview`. */
export interface WebviewPage {
  /** Base name of the page's script and style sheet. */
  readonly name: string;
  readonly title: string;
  /** Script of a worker. The page fetches it and starts it from a blob, as a worker must have the page's origin. */
  readonly worker?: string;
  /** Small script that runs before the page's own, to start what takes long. */
  readonly start?: string;
  /** True for a page that shows pictures which are part of its data. */
  readonly pictures?: boolean;
}

/**
 * The page of a panel: scripts with a nonce and one style sheet, both from `dist/webview`; nothing remote, no inline
 * code or style. A worker's address is the root element's `data-worker`; such a page may draw pictures made by itself.
 */
export function webviewHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: WebviewPage): string {
  const nonce = randomBytes(18).toString('base64');
  const address = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(webviewRoot(extensionUri), file)).toString();
  const own = webview.cspSource;
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${own}`,
    `font-src ${own}`,
    ...(page.worker === undefined ? [] : ['worker-src blob:', `connect-src ${own}`, 'img-src blob: data:']),
    ...(page.pictures === true ? ['img-src data:'] : []),
  ].join('; ');
  const worker = page.worker === undefined ? '' : ` data-worker="${address(page.worker)}"`;
  const scripts = [...(page.start === undefined ? [] : [page.start]), `${page.name}.js`];
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${address(`${page.name}.css`)}">
  <title>${escapeHtml(page.title)}</title>
</head>
<body>
  <main id="root"${worker}></main>
  ${scripts.map((file) => `<script nonce="${nonce}" src="${address(file)}"></script>`).join('\n  ')}
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
