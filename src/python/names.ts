import type { Node } from 'web-tree-sitter';

/** What the names of a script stand for: `nn` for `torch.nn`, `Adam` for `torch.optim.Adam`. */
export interface ImportedNames {
  /** Local name to full dotted name. */
  readonly names: ReadonlyMap<string, string>;
  /** Top-level packages that the script imports. */
  readonly packages: ReadonlySet<string>;
  /** The import statements, in the order of the text. */
  readonly statements: readonly Node[];
}

/** Packages whose users train and export models with PyTorch. */
const TRAINING_PACKAGES = ['torch', 'lightning', 'pytorch_lightning', 'timm', 'transformers', 'torchvision'];

/** The modules that one name has had over the years, each with the name that the rest of this layer uses. */
const RENAMED: readonly (readonly [from: string, to: string])[] = [
  ['pytorch_lightning', 'lightning.pytorch'],
  ['lightning.LightningModule', 'lightning.pytorch.LightningModule'],
  ['lightning.Trainer', 'lightning.pytorch.Trainer'],
  ['torch.quantization', 'torch.ao.quantization'],
];

/** True when the script imports one of the packages that it takes to train or export a PyTorch model. */
export function isTrainingScript({ packages }: ImportedNames): boolean {
  return TRAINING_PACKAGES.some((name) => packages.has(name));
}

/** Reads the import statements of a script. */
export function readImports(statements: readonly Node[]): ImportedNames {
  const names = new Map<string, string>();
  const packages = new Set<string>();
  for (const statement of statements) {
    if (statement.type === 'import_statement') readImport(statement, names, packages);
    else readFromImport(statement, names, packages);
  }
  return { names, packages, statements };
}

function readImport(statement: Node, names: Map<string, string>, packages: Set<string>): void {
  for (const child of statement.childrenForFieldName('name')) {
    const { path, alias } = importedName(child);
    const top = topOf(path);
    packages.add(top);
    if (alias === undefined) names.set(top, top);
    else names.set(alias, path);
  }
}

function readFromImport(statement: Node, names: Map<string, string>, packages: Set<string>): void {
  const module = statement.childForFieldName('module_name')?.text ?? '';
  // A relative import names a file of the person's own.
  if (module === '' || module.startsWith('.')) return;
  packages.add(topOf(module));
  for (const child of statement.childrenForFieldName('name')) {
    const { path, alias } = importedName(child);
    names.set(alias ?? path, `${module}.${path}`);
  }
}

function importedName(node: Node): { readonly path: string; readonly alias?: string } {
  if (node.type !== 'aliased_import') return { path: node.text };
  const path = node.childForFieldName('name')?.text ?? '';
  const alias = node.childForFieldName('alias')?.text;
  return alias === undefined ? { path } : { path, alias };
}

function topOf(path: string): string {
  return path.split('.', 1)[0] ?? path;
}

/** The full dotted name of `nn.KLDivLoss` as it stands in the script; what is not imported stays as it is written. */
export function resolveName(written: string, { names }: ImportedNames): string {
  const dot = written.indexOf('.');
  const first = dot < 0 ? written : written.slice(0, dot);
  const full = names.get(first);
  const resolved = full === undefined ? written : full + (dot < 0 ? '' : written.slice(dot));
  for (const [from, to] of RENAMED) {
    if (resolved === from || resolved.startsWith(`${from}.`)) return to + resolved.slice(from.length);
  }
  return resolved;
}
