import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ActiveGraph } from '../graph/activeGraph';
import { quantizeWith, searchMixedPrecision } from '../commands/quantize';
import { fileError } from '../../util/files';
import { CommandId, EditorId } from '../ids';
import { runWithProgress } from '../runWithProgress';
import type { Services } from '../services';
import type { AdviceStep } from './adviceActions';
import type { ComparisonQuestion } from './compareFlow';
import { pairParams } from './compareFlow';
import { fusionText } from './fusionText';

/** A graph that is opened is there within this. */
const GRAPH_PATIENCE_MS = 15_000;
const GRAPH_POLL_MS = 100;

/** Carries out what a button of an advice says; the steps that the panel takes itself are left to it. */
export async function takeStep(
  services: Services,
  question: ComparisonQuestion,
  step: Exclude<AdviceStep, { kind: 'layers' | 'compare' }>,
): Promise<void> {
  switch (step.kind) {
    case 'quantize':
      await quantizeWith(services, step.params);
      return;
    case 'mixed':
      await searchMixedPrecision(services, step.params);
      return;
    case 'ask':
      await vscode.commands.executeCommand(CommandId.quantize, vscode.Uri.file(question.before));
      return;
    case 'fusion':
      await showFusion(services, question);
      return;
  }
}

/** Shows both graphs side by side. */
export async function openSideBySide({ before, after }: ComparisonQuestion): Promise<void> {
  const models = [before, after].map((path) => vscode.Uri.file(path));
  await vscode.commands.executeCommand(CommandId.openSideBySide, models[0], models);
}

/** Opens the graph of the original beside the comparison and selects a node of it. */
export async function revealNode(
  { reader }: Services,
  graphs: ActiveGraph,
  { before }: ComparisonQuestion,
  node: string,
): Promise<void> {
  const document = await reader.request('graph/load', { path: before });
  const index = document.graphs[0]?.nodes.findIndex(({ name }) => name === node) ?? -1;
  if (index < 0) return;
  const uri = vscode.Uri.file(before);
  const find = (): ReturnType<ActiveGraph['panels']['values']> extends Iterator<infer Panel>
    ? Panel | undefined
    : never => [...graphs.panels].find(({ models }) => models.length === 1 && models[0]?.path === before);
  if (find() === undefined) {
    await vscode.commands.executeCommand('vscode.openWith', uri, EditorId.graph, vscode.ViewColumn.Beside);
  }
  for (let waited = 0; waited < GRAPH_PATIENCE_MS; waited += GRAPH_POLL_MS) {
    const graph = find();
    if (graph?.frame !== undefined) {
      graph.reveal(0, `n:0/${index}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, GRAPH_POLL_MS));
  }
}

/** Asks where to save the report and writes it; false when the person leaves. */
export async function saveHtml({ before, after }: ComparisonQuestion, html: string): Promise<boolean> {
  const stem = (path: string): string => basename(path).replace(/\.onnx$/i, '');
  const folder = vscode.Uri.joinPath(vscode.Uri.file(after), '..');
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, `${stem(after)}-${stem(before)}.html`),
    filters: { HTML: ['html'] },
  });
  if (target === undefined) return false;
  try {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(html));
  } catch (error) {
    throw fileError(target.fsPath, error);
  }
  return true;
}

async function showFusion(services: Services, question: ComparisonQuestion): Promise<void> {
  const title = vscode.l10n.t('Checking the kernels of {0}', basename(question.after));
  const { before: _before, after: model, ...data } = pairParams(services, question);
  const result = await runWithProgress(services, title, (options) =>
    services.runner.request('model/fusion', { model, ...data }, options),
  );
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: fusionText(result) });
  await vscode.window.showTextDocument(document, { preview: true });
}
