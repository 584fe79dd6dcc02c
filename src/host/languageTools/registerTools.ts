import * as vscode from 'vscode';
import { ToolId } from '../ids';
import type { Services } from '../services';
import { compareTool } from './compareTool';
import { explainTool } from './explainTool';
import { inspectTool } from './inspectTool';
import { quantizeTool } from './quantizeTool';

/** Registers what an assistant in VS Code can do with models. */
export function registerLanguageTools(services: Services): void {
  services.context.subscriptions.push(
    vscode.lm.registerTool(ToolId.inspect, inspectTool(services)),
    vscode.lm.registerTool(ToolId.explain, explainTool(services)),
    vscode.lm.registerTool(ToolId.quantize, quantizeTool(services)),
    vscode.lm.registerTool(ToolId.compare, compareTool(services)),
  );
}
