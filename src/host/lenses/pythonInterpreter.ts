import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { SettingId } from '../ids';

/** The part of the Python extension's interface that is used here (ms-python.python, environments API). */
interface PythonExtension {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

/** A Python that imports PyTorch answers within this, even from a slow disk. */
const PROBE_MS = 20_000;

/** The workspace's Python: that of the Python extension, else the setting, else the one on the path. */
export async function pythonInterpreter(script: vscode.Uri): Promise<string> {
  const chosen = await chosenInterpreter(script);
  if (chosen !== undefined) return chosen;
  const set = vscode.workspace.getConfiguration(undefined, script).get<unknown>(SettingId.python);
  if (typeof set === 'string' && set.trim() !== '') return set.trim();
  return process.platform === 'win32' ? 'python' : 'python3';
}

async function chosenInterpreter(script: vscode.Uri): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
  if (extension === undefined) return undefined;
  try {
    const { environments } = await extension.activate();
    const path = environments?.getActiveEnvironmentPath(script);
    return path && (await environments?.resolveEnvironment(path))?.executable.uri?.fsPath;
  } catch {
    // Another extension's failure is no reason to stop: the setting and the path remain.
    return undefined;
  }
}

/** True when the Python has a package; false too where it cannot be started. Runs nothing of the package. */
export async function hasPackage(python: string, name: string): Promise<boolean> {
  const code = `import importlib.util, sys; sys.exit(importlib.util.find_spec(${JSON.stringify(name)}) is None)`;
  try {
    await promisify(execFile)(python, ['-c', code], { timeout: PROBE_MS });
    return true;
  } catch {
    return false;
  }
}
