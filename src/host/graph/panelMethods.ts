import * as vscode from 'vscode';
import type { GraphPanelMessage, GraphPanelMethods, Side } from '../../protocol';
import { assertNever } from '../../util/assertNever';
import { PressError } from '../../util/pressError';
import type { Services } from '../services';
import { documentationUrl } from './documentation';
import type { GraphModel } from './graphModel';
import { measure } from './measure';
import { openSource } from './openSource';
import { changeModelRecipe, findRecipe } from './modelRecipe';
import type { GraphPanelCall } from './panelRequests';
import { coveringPattern, type RecipeList, STEP_OF_LIST } from './recipeEdits';
import { exportWeight, savePicture } from './saveFiles';

/** What a request of the webview is about. */
export interface CallContext {
  readonly services: Services;
  readonly model: GraphModel;
  readonly side: Side;
  /** Sends a message that follows the answer. */
  readonly post: (message: GraphPanelMessage) => void;
}

/** Does what the webview asks for. Rejects with what went wrong, in the engine's words. */
export async function answerCall(
  context: CallContext,
  call: GraphPanelCall,
): Promise<GraphPanelMethods[GraphPanelCall['method']]['result']> {
  const { reader } = context.services;
  const { path } = context.model;
  switch (call.method) {
    case 'weight':
      return reader.request('graph/weight', { path, ...call.params });
    case 'weightPage':
      return reader.request('graph/weightPage', { path, ...call.params });
    case 'exportWeight':
      return { saved: await exportWeight(context, call.params) };
    case 'activation':
      return reader.request('graph/activation', { path, tensor: call.params.tensor });
    case 'overlay':
      return reader.request('graph/overlay', { path, overlay: call.params.overlay });
    case 'pruned':
      return reader.request('graph/pruned', { path, node: call.params.node });
    case 'coupling':
      return (await context.model.coupling()) ?? null;
    case 'measure':
      refusePastVersion(context.model);
      return { started: await measure(context, call.params.overlay) };
    case 'choose':
      refusePastVersion(context.model);
      return { changed: await choose(context.model, call.params) };
    case 'copy':
      await vscode.env.clipboard.writeText(call.params.text);
      return { copied: true };
    case 'savePicture':
      return { saved: await savePicture(context.model.uri, call.params) };
    case 'openSource':
      return { opened: await openSource(context.model, call.params.node) };
    case 'openDocumentation': {
      const url = documentationUrl(call.params.operator, call.params.domain);
      return { opened: url !== undefined && (await vscode.env.openExternal(vscode.Uri.parse(url, true))) };
    }
    default:
      return assertNever(call);
  }
}

function refusePastVersion({ path, isPastVersion }: GraphModel): void {
  if (isPastVersion) throw new PressError('past-version', `${path} is a copy. Open the file itself.`, { path });
}

/** Changes the recipe; only nodes that the model has get into it. The new choices follow when the file has changed. */
async function choose(
  model: GraphModel,
  { nodes, choice, on }: GraphPanelMethods['choose']['params'],
): Promise<boolean> {
  const document = await model.document;
  const chosen = new Set(nodes);
  const known = (document.graphs[0]?.nodes ?? []).filter(({ name }) => chosen.has(name));
  if (known.length === 0) return false;
  const list = choice === 'fp16' ? 'keepFp16' : choice;
  const names = known.map(({ name }) => name);
  const changed = await changeModelRecipe(model.path, list, names, on);
  if (!on) await refuseCovered(model.path, list, known);
  return changed !== undefined;
}

/** Taking a name out does not help where a pattern of the recipe names the node too. */
async function refuseCovered(
  path: string,
  list: RecipeList,
  nodes: readonly { readonly name: string; readonly operator: string }[],
): Promise<void> {
  const recipe = await findRecipe(path, STEP_OF_LIST[list]);
  const entries = recipe?.lists[list] ?? [];
  for (const { name, operator } of nodes) {
    const pattern = coveringPattern(entries, { name, opType: operator });
    if (recipe === undefined || pattern === undefined) continue;
    throw new PressError('bad-recipe', `"${pattern}" names ${name} too. Change it in ${recipe.uri.fsPath}.`, {
      path: recipe.uri.fsPath,
      pattern,
      node: name,
    });
  }
}
