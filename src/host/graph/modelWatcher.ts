import { dirname, join } from 'node:path';
import * as vscode from 'vscode';

/** Watches the folder of a model, and the folders of the files that hold its weights. */
export class ModelWatcher implements vscode.Disposable {
  readonly #folder: string;
  readonly #onChange: (path: string) => void;
  readonly #watchers = new Map<string, vscode.FileSystemWatcher>();
  #dataFiles: ReadonlySet<string> = new Set();

  /** `onChange` is called with the path of a file that was changed, made or deleted. */
  constructor(model: string, onChange: (path: string) => void) {
    this.#folder = dirname(model);
    this.#onChange = onChange;
    this.#watch(this.#folder);
  }

  /** The files that hold weights, relative to the folder of the model. */
  setDataFiles(names: readonly string[]): void {
    this.#dataFiles = new Set(names.map((name) => join(this.#folder, name)));
    for (const path of this.#dataFiles) this.#watch(dirname(path));
  }

  /** True for a file that holds weights of the model. */
  isDataFile(path: string): boolean {
    return this.#dataFiles.has(path);
  }

  dispose(): void {
    for (const watcher of this.#watchers.values()) watcher.dispose();
  }

  /** The folder as a whole: a file's name may have characters that mean something in a glob. */
  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), '*'));
    const onEvent = ({ fsPath }: vscode.Uri): void => this.#onChange(fsPath);
    watcher.onDidChange(onEvent);
    watcher.onDidCreate(onEvent);
    watcher.onDidDelete(onEvent);
    this.#watchers.set(folder, watcher);
  }
}
