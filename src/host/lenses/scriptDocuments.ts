import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { mayBeTrainingScript, type ScriptAnalysis } from '../../python/analysis';
import { PythonParser } from '../../python/pythonParser';
import { ScriptDocument } from '../../python/scriptDocument';
import type { Span } from '../../python/span';
import { warmUp } from '../../python/warmUp';

/** What is looked at: Python on disk. Notebooks and untitled files have no place for what an export writes. */
export const PYTHON: vscode.DocumentFilter = { language: 'python', scheme: 'file' };

/** The Python scripts that are open, each with its tree; the parser is loaded when the first one imports PyTorch. */
export class ScriptDocuments implements vscode.Disposable {
  readonly #folder: vscode.Uri;
  readonly #scripts = new Map<vscode.TextDocument, ScriptDocument>();
  readonly #disposables: vscode.Disposable[];
  #parser: Promise<PythonParser> | undefined;

  /** `folder` holds the parser's WebAssembly files. */
  constructor(folder: vscode.Uri) {
    this.#folder = folder;
    this.#disposables = [
      vscode.workspace.onDidChangeTextDocument((event) => this.#change(event)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
    ];
  }

  /** Lenses and findings of a document as it is now. */
  async analyse(document: vscode.TextDocument): Promise<ScriptAnalysis> {
    if (!this.#scripts.has(document) && !mayBeTrainingScript(document.getText())) return { lenses: [], findings: [] };
    return (await this.script(document)).analyse();
  }

  /** The parsed script of a document. */
  async script(document: vscode.TextDocument): Promise<ScriptDocument> {
    const parser = await (this.#parser ??= this.#load());
    let script = this.#scripts.get(document);
    if (script === undefined) {
      script = new ScriptDocument(parser, document.getText());
      if (!document.isClosed) this.#scripts.set(document, script);
    }
    return script;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    for (const script of this.#scripts.values()) script.dispose();
    this.#scripts.clear();
    void this.#parser?.then((parser) => parser.dispose());
  }

  async #load(): Promise<PythonParser> {
    const [runtime, grammar] = await Promise.all(
      ['web-tree-sitter.wasm', 'tree-sitter-python.wasm'].map((name) =>
        readFile(vscode.Uri.joinPath(this.#folder, name).fsPath),
      ),
    );
    if (runtime === undefined || grammar === undefined) throw new Error('The parser files were not read.');
    const parser = await PythonParser.create({ runtime, grammar });
    await warmUp(parser, () => setImmediate());
    return parser;
  }

  #change({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const changes = contentChanges.map(({ rangeOffset, rangeLength, text, range: { start, end } }) => ({
      offset: rangeOffset,
      length: rangeLength,
      text,
      start: { line: start.line, column: start.character },
      end: { line: end.line, column: end.character },
    }));
    if (changes.length > 0) this.#scripts.get(document)?.change(changes, document.getText());
  }

  #forget(document: vscode.TextDocument): void {
    this.#scripts.get(document)?.dispose();
    this.#scripts.delete(document);
  }
}

/** A range as VS Code has it. */
export function rangeOf({ start, end }: Span): vscode.Range {
  return new vscode.Range(start.line, start.column, end.line, end.column);
}
