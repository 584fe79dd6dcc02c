import { basename } from 'node:path';
import { getLocation, parse, type ParseError } from 'jsonc-parser';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { RecipeFormMessage, RecipeFormRequest, RecipeProblem } from '../../protocol';
import { CommandId } from '../ids';
import { recipeFormStrings, recipeTexts } from '../panels/comparisonStrings';
import { webviewHtml, webviewRoot } from '../panels/webviewHtml';
import type { Services } from '../services';
import { type RecipeEdit, recipeEdits } from './formEdits';

const MAX_TEXT = 32_768;
const text = z.string().max(MAX_TEXT);
const index = z.int().min(0).max(1000);
const scalar = z.union([text, z.number(), z.boolean(), z.null()]);
const list = z.array(scalar).max(10_000);
/** Lists and tables as deep as a recipe has them. */
const value = z.union([scalar, list, z.record(text, z.union([scalar, list, z.record(text, scalar)]))]);

/** What the webview may ask for; it names places in the recipe and never a file. */
const REQUEST: z.ZodType<RecipeFormRequest> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('set'),
    path: z
      .array(z.union([text.min(1), index]))
      .min(1)
      .max(8),
    value,
  }),
  z.strictObject({ type: z.literal('addStep'), kind: z.string().max(40) }),
  z.strictObject({ type: z.literal('removeStep'), index }),
  z.strictObject({ type: z.literal('swapSteps'), index }),
  z.strictObject({ type: z.literal('run'), from: index.optional() }),
  z.strictObject({ type: z.literal('compare') }),
  z.strictObject({ type: z.literal('openText') }),
]);

/** The form of a recipe: another view of its text, which it edits and follows. */
export class RecipeFormEditor implements vscode.CustomTextEditorProvider {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.#services.context;
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
    const show = (): void => void webview.postMessage(formMessage(document));
    const isThis = (uri: vscode.Uri): boolean => uri.toString() === document.uri.toString();
    const subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (isThis(event.document.uri) && event.contentChanges.length > 0) show();
      }),
      // VS Code checks the text a moment after a change, in the person's language.
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        if (uris.some(isThis)) show();
      }),
      webview.onDidReceiveMessage((message: unknown) => this.#receive(document, message, show)),
    ];
    panel.onDidDispose(() => subscriptions.forEach((subscription) => subscription.dispose()));
    webview.html = webviewHtml(webview, extensionUri, { name: 'recipe', title: basename(document.uri.fsPath) });
  }

  async #receive(document: vscode.TextDocument, message: unknown, show: () => void): Promise<void> {
    const parsed = REQUEST.safeParse(message);
    if (!parsed.success) {
      this.#services.log.warn('The form of a recipe sent a message that is not understood; ignored.');
      return;
    }
    const request = parsed.data;
    const { uri } = document;
    switch (request.type) {
      case 'ready':
        return show();
      case 'run': {
        const from = request.from === undefined ? undefined : { from: String(request.from) };
        await vscode.commands.executeCommand(CommandId.runRecipe, uri, from);
        return;
      }
      case 'compare':
        await vscode.commands.executeCommand(CommandId.compareRecipe, uri);
        return;
      case 'openText':
        await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside);
        return;
      default:
        await applyEdit(document, request);
    }
  }
}

/** Changes the text, in one step that one undo takes back. */
async function applyEdit(document: vscode.TextDocument, request: RecipeEdit): Promise<void> {
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  const edit = new vscode.WorkspaceEdit();
  for (const { offset, length, content } of recipeEdits(document.getText(), request, eol)) {
    const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
    edit.replace(document.uri, range, content);
  }
  if (edit.size > 0) await vscode.workspace.applyEdit(edit);
}

function formMessage(document: vscode.TextDocument): RecipeFormMessage {
  const content = document.getText();
  const recipe = objectIn(content);
  return {
    type: 'recipe/show',
    name: basename(document.uri.fsPath),
    ...(recipe === undefined ? {} : { recipe }),
    problems: vscode.languages.getDiagnostics(document.uri).map(({ range, message }): RecipeProblem => ({
      path: getLocation(content, document.offsetAt(range.start)).path,
      message,
    })),
    texts: recipeTexts(),
    strings: recipeFormStrings(),
    locale: vscode.env.language,
  };
}

/** The object that a text holds; undefined for anything else, and while the text is broken. */
function objectIn(content: string): Readonly<Record<string, unknown>> | undefined {
  const errors: ParseError[] = [];
  let parsed: unknown;
  try {
    parsed = parse(content, errors, { allowTrailingComma: true });
  } catch (error) {
    // The parser recurses, so thousands of brackets exhaust the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const result = z.record(z.string(), z.unknown()).safeParse(parsed);
  return errors.length === 0 && result.success ? result.data : undefined;
}
