import { Language, Parser, type Tree } from 'web-tree-sitter';

/** The two WebAssembly files of the parser, as bytes: this layer reads no files. */
export interface ParserFiles {
  /** `web-tree-sitter.wasm`. */
  readonly runtime: Uint8Array;
  /** `tree-sitter-python.wasm`. */
  readonly grammar: Uint8Array;
}

/** Parses Python; its trees live in WebAssembly memory until they are deleted. */
export class PythonParser {
  readonly #parser: Parser;

  private constructor(language: Language) {
    this.#parser = new Parser();
    this.#parser.setLanguage(language);
  }

  /** Starts the WebAssembly runtime and loads the grammar. */
  static async create({ runtime, grammar }: ParserFiles): Promise<PythonParser> {
    await Parser.init({ wasmBinary: runtime });
    return new PythonParser(await Language.load(grammar));
  }

  /** Parses `text`; what did not change since `previous` (already told of its edits) is taken over from there. */
  parse(text: string, previous?: Tree): Tree {
    const tree = this.#parser.parse(text, previous ?? null);
    // Null is for a parser without a language, or one that was stopped; neither happens here.
    if (tree === null) throw new Error('The Python parser gave no tree.');
    return tree;
  }

  dispose(): void {
    this.#parser.delete();
  }
}
