import * as vscode from 'vscode';
import { CommandId } from '../ids';
import { resolveReport } from '../modelFiles';
import { showError } from '../notify';
import { ReportPanels } from '../panels/reportPanel';
import type { Services } from '../services';

/** Registers *Show Report*, *Compare with Original* and the restoring of report panels after a reload. */
export function registerReportCommands(services: Services): void {
  const panels = new ReportPanels(services);
  const open = (section: 'top' | 'comparison') => async (argument: unknown) => {
    const report = await resolveReport(argument);
    if (report === undefined) return;
    try {
      await panels.show(report, section);
    } catch (error) {
      showError(services, error, report.fsPath);
    }
  };
  services.context.subscriptions.push(
    panels,
    vscode.commands.registerCommand(CommandId.showReport, open('top')),
    vscode.commands.registerCommand(CommandId.compare, open('comparison')),
  );
}
