import { basename } from 'node:path';
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { AnyReport, ReportPanelMessage, ReportPanelRequest } from '../../protocol';
import { reportCore } from '../../protocol/anyReport';
import { fileError } from '../../util/files';
import { CommandId, StateKey, ViewType } from '../ids';
import { showError } from '../notify';
import type { Services } from '../services';
import { PanelTokens, savedToken } from './panelTokens';
import { placeBeside } from './placeBeside';
import { parseReport } from './reportSchema';
import { reportStrings } from './reportStrings';
import { warningText } from './warningText';
import { webviewHtml, webviewRoot } from './webviewHtml';

/** What the webview may ask for; it names what it wants and never a path. */
const REQUEST: z.ZodType<ReportPanelRequest> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('open'), target: z.enum(['comparison', 'output', 'recipe', 'json']) }),
]);

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly token: string;
  report: AnyReport;
}

/** The report panels of this window: one per report file, restored after a reload. */
export class ReportPanels implements vscode.Disposable {
  readonly #services: Services;
  readonly #open = new Map<string, OpenPanel>();
  readonly #serializer: vscode.Disposable;
  readonly #tokens: PanelTokens<string>;

  constructor(services: Services) {
    this.#services = services;
    this.#tokens = new PanelTokens(services.context.workspaceState, StateKey.reportPanels, z.string());
    this.#serializer = vscode.window.registerWebviewPanelSerializer(ViewType.report, {
      deserializeWebviewPanel: (panel, state) => this.#restore(panel, state),
    });
  }

  /** Shows the report of the file at `uri`, in its panel if it has one. Throws when the file is no report. */
  async show(uri: vscode.Uri): Promise<void> {
    const report = await readReport(uri);
    const existing = this.#open.get(uri.toString());
    if (existing !== undefined) {
      existing.report = report;
      existing.panel.reveal();
      await this.#send(existing);
      return;
    }
    const panel = vscode.window.createWebviewPanel(ViewType.report, '', vscode.ViewColumn.Active);
    const token = randomUUID();
    await this.#tokens.remember(token, uri.toString());
    this.#attach(panel, uri, { panel, token, report });
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const { panel } of this.#open.values()) panel.dispose();
  }

  async #restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const token = savedToken(state);
    const address = token === undefined ? undefined : this.#tokens.recall(token);
    if (token === undefined || address === undefined) {
      panel.dispose();
      return;
    }
    const uri = vscode.Uri.parse(address);
    try {
      const report = await readReport(uri);
      this.#attach(panel, uri, { panel, token, report });
    } catch (error) {
      panel.dispose();
      showError(this.#services, error, uri.fsPath);
    }
  }

  #attach(panel: vscode.WebviewPanel, uri: vscode.Uri, open: OpenPanel): void {
    const { extensionUri } = this.#services.context;
    const key = uri.toString();
    this.#open.set(key, open);
    panel.title = vscode.l10n.t('Report: {0}', basename(open.report.output.path));
    panel.onDidDispose(() => this.#open.delete(key));
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
    panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(open, uri, message));
    panel.webview.html = webviewHtml(panel.webview, extensionUri, { name: 'report', title: panel.title });
  }

  async #receive(open: OpenPanel, uri: vscode.Uri, message: unknown): Promise<void> {
    const request = REQUEST.safeParse(message);
    if (!request.success) {
      this.#services.log.warn('The report panel sent a message that is not understood; ignored.');
      return;
    }
    if (request.data.type === 'ready') await this.#send(open);
    else await this.#openTarget(open.report, uri, request.data.target);
  }

  async #send(open: OpenPanel): Promise<void> {
    const message: ReportPanelMessage = {
      type: 'report/show',
      report: {
        ...open.report,
        warnings: open.report.warnings.map((warning) => ({ ...warning, message: warningText(warning, open.report) })),
      },
      strings: reportStrings(),
      locale: vscode.env.language,
      token: open.token,
    };
    await open.panel.webview.postMessage(message);
  }

  async #openTarget(
    report: AnyReport,
    uri: vscode.Uri,
    target: Extract<ReportPanelRequest, { type: 'open' }>['target'],
  ): Promise<void> {
    const besides = (path: string): vscode.Uri => vscode.Uri.file(placeBeside(uri.fsPath, path));
    try {
      if (target === 'comparison') await vscode.commands.executeCommand(CommandId.compareModels, uri);
      else if (target === 'json') await vscode.window.showTextDocument(uri, { preview: true });
      else if (target === 'recipe')
        await vscode.window.showTextDocument(besides(reportCore(report).recipePath), { preview: true });
      else await vscode.commands.executeCommand('revealInExplorer', besides(report.output.path));
    } catch (error) {
      showError(this.#services, fileError(reportCore(report).recipePath, error), uri.fsPath);
    }
  }
}

async function readReport(uri: vscode.Uri): Promise<AnyReport> {
  let bytes: Uint8Array;
  try {
    bytes = await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    throw fileError(uri.fsPath, error instanceof vscode.FileSystemError ? { code: fsCode(error) } : error);
  }
  return parseReport(new TextDecoder().decode(bytes), uri.fsPath);
}

/** VS Code's own file errors under the names of the operating system. */
function fsCode(error: vscode.FileSystemError): string {
  return error.code === 'FileNotFound' ? 'ENOENT' : error.code === 'NoPermissions' ? 'EACCES' : error.code;
}
