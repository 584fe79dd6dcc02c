import { Edit, type Tree } from 'web-tree-sitter';
import { analyseScript, mayBeTrainingScript, type ScriptAnalysis } from './analysis';
import type { PythonParser } from './pythonParser';
import { readScript, type Script } from './script';
import type { Position } from './span';

/** A change of a text: `length` characters at `offset`, from `start` to `end`, became `text`. */
export interface TextChange {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
  readonly start: Position;
  readonly end: Position;
}

/** A script that is edited: parsed again only where it changed, and not at all while it imports nothing to look for. */
export class ScriptDocument {
  readonly #parser: PythonParser;
  #text: string;
  /** Of the text before the edits that it was told of; undefined until there is a reason to parse. */
  #tree: Tree | undefined;
  #script: Script | undefined;
  #analysis: ScriptAnalysis | undefined;

  constructor(parser: PythonParser, text: string) {
    this.#parser = parser;
    this.#text = text;
  }

  /** Tells of changes that made `text`, in the order in which they are applied. */
  change(changes: readonly TextChange[], text: string): void {
    for (const change of changes) this.#tree?.edit(treeEdit(change));
    this.#text = text;
    this.#script = undefined;
    this.#analysis = undefined;
  }

  /** Lenses and findings of the text as it is now. */
  analyse(): ScriptAnalysis {
    if (this.#analysis !== undefined) return this.#analysis;
    if (!mayBeTrainingScript(this.#text)) {
      this.dispose();
      return { lenses: [], findings: [] };
    }
    this.#analysis = analyseScript(this.read());
    return this.#analysis;
  }

  /** The parts of the text as it is now; they live until the next change. */
  read(): Script {
    if (this.#script !== undefined) return this.#script;
    const tree = this.#parser.parse(this.#text, this.#tree);
    this.#tree?.delete();
    this.#tree = tree;
    this.#script = readScript(tree, this.#text);
    return this.#script;
  }

  /** Gives the memory of the tree back. */
  dispose(): void {
    this.#tree?.delete();
    this.#tree = undefined;
    this.#script = undefined;
  }
}

function treeEdit({ offset, length, text, start, end }: TextChange): Edit {
  const lastBreak = text.lastIndexOf('\n');
  const row = start.line + text.split('\n').length - 1;
  const column = lastBreak < 0 ? start.column + text.length : text.length - lastBreak - 1;
  return new Edit({
    startIndex: offset,
    oldEndIndex: offset + length,
    newEndIndex: offset + text.length,
    startPosition: { row: start.line, column: start.column },
    oldEndPosition: { row: end.line, column: end.column },
    newEndPosition: { row, column },
  });
}
