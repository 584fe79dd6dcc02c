import * as vscode from 'vscode';
import type { AnyReport } from '../../protocol';
import { CommandId } from '../ids';
import { summaryText } from '../summaryText';

/** A finished run that wrote a model and its report. */
export interface FinishedRun {
  readonly report: AnyReport;
  readonly reportPath: string;
  readonly outputPath: string;
}

/** Something else that can be done with a result, offered before the rest. */
export interface NextStep {
  readonly label: string;
  run(): void;
}

/** A notification cuts off what is more. */
const MAX_BUTTONS = 3;

/** Says in one notification what a run gained and cost, and offers what can be done with its model. */
export async function offerResult(run: FinishedRun, next?: NextStep): Promise<void> {
  const { report, reportPath, outputPath } = run;
  const compare = vscode.l10n.t('Compare');
  const showReport = vscode.l10n.t('Show Report');
  const sideBySide = vscode.l10n.t('Open Side by Side');
  const buttons = [...(next === undefined ? [] : [next.label]), compare, showReport, sideBySide];
  const choice = await vscode.window.showInformationMessage(summaryText(report), ...buttons.slice(0, MAX_BUTTONS));
  const reportUri = vscode.Uri.file(reportPath);
  if (next !== undefined && choice === next.label) next.run();
  else if (choice === compare) await vscode.commands.executeCommand(CommandId.compareModels, reportUri);
  else if (choice === showReport) await vscode.commands.executeCommand(CommandId.showReport, reportUri);
  else if (choice === sideBySide) {
    const models = [report.source.path, outputPath].map((path) => vscode.Uri.file(path));
    await vscode.commands.executeCommand(CommandId.openSideBySide, models[0], models);
  }
}
