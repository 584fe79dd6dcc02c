import type * as vscode from 'vscode';
import { registerEngineCommands } from './host/commands/engine';
import { registerInspectCommand } from './host/commands/inspect';
import { registerOpenSampleCommand } from './host/commands/openSample';
import { registerQuantizeCommand } from './host/commands/quantize';
import { registerReportCommands } from './host/commands/report';
import { createServices, type Services } from './host/services';

/** What the extension hands to other extensions and to its tests. */
export interface ExtensionApi {
  /** Process id of the running engine; undefined while none runs. */
  enginePid(): number | undefined;
  /** True while the engine works on a request. */
  isEngineBusy(): boolean;
}

let services: Services | undefined;

/** Registers the commands and the report panel; everything heavy waits for its first use. */
export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const created = createServices(context);
  services = created;
  registerQuantizeCommand(created);
  registerInspectCommand(created);
  registerReportCommands(created);
  registerEngineCommands(created);
  registerOpenSampleCommand(created);
  return { enginePid: () => created.engine.pid, isEngineBusy: () => created.engine.isBusy };
}

/** Ends the engine with the extension. */
export async function deactivate(): Promise<void> {
  await services?.engine.dispose();
}
