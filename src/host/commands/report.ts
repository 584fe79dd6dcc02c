import * as vscode from 'vscode';
import { CommandId } from '../ids';
import { resolveReport } from '../modelFiles';
import { showError } from '../notify';
import { ReportPanels } from '../panels/reportPanel';
import type { Services } from '../services';

/** Registers *Show Report* and the restoring of report panels after a reload. */
export function registerReportCommands(services: Services): void {
  const panels = new ReportPanels(services);
  services.context.subscriptions.push(
    panels,
    vscode.commands.registerCommand(CommandId.showReport, async (argument: unknown) => {
      const report = await resolveReport(argument);
      if (report === undefined) return;
      try {
        await panels.show(report);
      } catch (error) {
        showError(services, error, report.fsPath);
      }
    }),
  );
}
