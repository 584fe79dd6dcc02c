import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { inspectionFacts } from './modelFacts';
import { answerWith } from './toolAnswer';
import { workspaceModel } from './toolFiles';
import { INSPECT_INPUT } from './toolInputs';

/** Tells an assistant what a model holds. Reads only, and runs nothing of the model. */
export function inspectTool(services: Services): vscode.LanguageModelTool<unknown> {
  return {
    prepareInvocation: ({ input }) => {
      const { model } = INSPECT_INPUT.parse(input);
      return { invocationMessage: vscode.l10n.t('Inspecting {0}', basename(model)) };
    },
    invoke: ({ input }, token) =>
      answerWith(services, token, async (signal) => {
        const path = await workspaceModel(INSPECT_INPUT.parse(input).model);
        return inspectionFacts(await services.reader.request('model/inspect', { path }, { signal }), relativePath);
      }),
  };
}

/** How files are named to an assistant. */
export function relativePath(path: string): string {
  return vscode.workspace.asRelativePath(path);
}
