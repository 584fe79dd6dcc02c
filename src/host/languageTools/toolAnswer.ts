import * as vscode from 'vscode';
import { CancelledError, errorMessage } from '../../util/pressError';
import type { Services } from '../services';

/** Does the work of a tool: its result goes to the assistant as JSON, an error as one English sentence. */
export async function answerWith(
  { log }: Pick<Services, 'log'>,
  token: vscode.CancellationToken,
  work: (signal: AbortSignal) => Promise<object>,
): Promise<vscode.LanguageModelToolResult> {
  const controller = new AbortController();
  const subscription = token.onCancellationRequested(() => controller.abort());
  try {
    const answer = await work(controller.signal);
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(answer))]);
  } catch (error) {
    if (error instanceof CancelledError) throw new vscode.CancellationError();
    log.error(error instanceof Error ? error : String(error));
    throw new Error(errorMessage(error), { cause: error });
  } finally {
    subscription.dispose();
  }
}

/** What a person confirms before a tool runs. File names are text: they cannot bring links or markup of their own. */
export function confirmation(
  title: string,
  sentences: readonly string[],
): vscode.LanguageModelToolConfirmationMessages {
  return { title, message: new vscode.MarkdownString().appendText(sentences.join(' ')) };
}
