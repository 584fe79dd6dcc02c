import { basename } from 'node:path';
import * as vscode from 'vscode';
import { PressError } from '../../util/pressError';
import { type ComparisonQuestion, runComparison } from '../comparison/compareFlow';
import { freshComparison } from '../comparison/comparisonRecords';
import { measuredData, reportOfModel } from '../comparison/pairReport';
import type { Services } from '../services';
import { relativePath } from './inspectTool';
import { comparisonFacts } from './modelFacts';
import { ownData } from './ownData';
import { answerWith, confirmation } from './toolAnswer';
import { requireTrust, workspaceModel, workspacePath } from './toolFiles';
import { COMPARE_INPUT } from './toolInputs';

/**
 * Lets an assistant compare two models on the same samples. A comparison that is kept and still true answers at once;
 * a new one is confirmed by the person, since it runs the models and keeps its result.
 */
export function compareTool(services: Services): vscode.LanguageModelTool<unknown> {
  return {
    prepareInvocation: async ({ input }) => {
      const question = await questionOf(services, input);
      const [before, after] = [question.before, question.after].map((path) => basename(path));
      const invocationMessage = vscode.l10n.t('Comparing {0} with {1}', before ?? '', after ?? '');
      if ((await keptComparison(question)) !== undefined) return { invocationMessage };
      requireTrust();
      return {
        invocationMessage,
        confirmationMessages: confirmation(
          vscode.l10n.t('Compare {0} with {1}?', relativePath(question.before), relativePath(question.after)),
          [
            question.data === undefined
              ? vscode.l10n.t('Without data: nothing is said about accuracy.')
              : vscode.l10n.t('Data: {0}.', relativePath(question.data)),
            vscode.l10n.t('Both models are run, and the comparison is kept in the folder .onnx-press beside them.'),
          ],
        ),
      };
    },
    invoke: ({ input }, token) =>
      answerWith(services, token, async (signal) => {
        const question = await questionOf(services, input);
        const kept = await keptComparison(question);
        if (kept !== undefined) return comparisonFacts(kept.record.result, relativePath);
        requireTrust();
        const { record } = await runComparison(services, question, signal);
        return comparisonFacts(record.result, relativePath);
      }),
  };
}

/** A comparison on this data that is still true; generated inputs are measured anew. */
function keptComparison({ before, after, data }: ComparisonQuestion): ReturnType<typeof freshComparison> {
  return data === undefined ? Promise.resolve(undefined) : freshComparison(before, after, data);
}

async function questionOf(services: Services, input: unknown): Promise<ComparisonQuestion> {
  const given = COMPARE_INPUT.parse(input);
  const after = await workspaceModel(given.after);
  const report = await reportOfModel(after);
  const original = given.before ?? report?.source;
  if (original === undefined) {
    const message = `No report says which model ${relativePath(after)} was made from. Give "before".`;
    throw new PressError('bad-option', message, { path: after });
  }
  const before = await workspaceModel(original);
  if (given.synthetic) return { before, after };
  if (given.data !== undefined) return { before, after, data: await workspacePath(given.data) };
  const own = await ownData(services, before);
  const data = (report && (await measuredData(report))) ?? own?.evaluation ?? own?.calibration;
  if (data !== undefined) return { before, after, data: await workspacePath(data) };
  const message = `No data was found for ${relativePath(before)}. Give "data", or "synthetic": true to compare outputs on generated inputs.`;
  throw new PressError('no-data', message, { path: before });
}
