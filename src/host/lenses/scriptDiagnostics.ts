import * as vscode from 'vscode';
import type { ScriptEdit } from '../../python/edits';
import { type Finding, RULE_IDS, type RuleId } from '../../python/finding';
import { CommandId, SettingId } from '../ids';
import { fixText, ruleLink, ruleText } from './ruleText';
import { PYTHON, rangeOf, type ScriptDocuments } from './scriptDocuments';

const SOURCE = 'ONNX Press';
/** A script is looked at again when it has rested this long: while a line is typed, much of it is wrong. */
const REST_MS = 300;
/** What is no mistake in every case. */
const HINTS: readonly RuleId[] = ['export-fixed-batch', 'missing-fuse'];

/** Shows the known traps of open scripts, with quick fixes; each rule can be switched off. */
export function registerScriptDiagnostics(scripts: ScriptDocuments): vscode.Disposable[] {
  const collection = vscode.languages.createDiagnosticCollection('onnxPress');
  const timers = new Map<vscode.TextDocument, NodeJS.Timeout>();
  const show = async (document: vscode.TextDocument): Promise<void> => {
    const { version } = document;
    const findings = await shownFindings(scripts, document);
    // A later version has its own turn.
    if (document.version === version && !document.isClosed) collection.set(document.uri, findings.map(diagnosticOf));
  };
  const schedule = (document: vscode.TextDocument): void => {
    if (vscode.languages.match(PYTHON, document) === 0) return;
    clearTimeout(timers.get(document));
    timers.set(
      document,
      setTimeout(() => {
        timers.delete(document);
        void show(document);
      }, REST_MS),
    );
  };
  for (const document of vscode.workspace.textDocuments) schedule(document);
  return [
    collection,
    { dispose: () => timers.forEach((timer) => clearTimeout(timer)) },
    vscode.workspace.onDidOpenTextDocument(schedule),
    vscode.workspace.onDidChangeTextDocument(({ document }) => schedule(document)),
    vscode.workspace.onDidCloseTextDocument((document) => {
      clearTimeout(timers.get(document));
      timers.delete(document);
      collection.delete(document.uri);
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SettingId.scriptsDisabledRules)) vscode.workspace.textDocuments.forEach(schedule);
    }),
    vscode.languages.registerCodeActionsProvider(
      PYTHON,
      { provideCodeActions: (document, range, context) => actions(scripts, document, range, context) },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    vscode.commands.registerCommand(CommandId.disableRule, disableRule),
  ];
}

/** The findings of the rules that are on. */
async function shownFindings(scripts: ScriptDocuments, document: vscode.TextDocument): Promise<Finding[]> {
  const off = disabledRules(document.uri);
  const { findings } = await scripts.analyse(document);
  return findings.filter(({ rule }) => !off.includes(rule));
}

function diagnosticOf(finding: Finding): vscode.Diagnostic {
  const severity = HINTS.includes(finding.rule)
    ? vscode.DiagnosticSeverity.Information
    : vscode.DiagnosticSeverity.Warning;
  const diagnostic = new vscode.Diagnostic(rangeOf(finding.span), ruleText(finding), severity);
  diagnostic.source = SOURCE;
  diagnostic.code = { value: finding.rule, target: vscode.Uri.parse(ruleLink(finding.rule), true) };
  if (finding.rule === 'deprecated-quantization') diagnostic.tags = [vscode.DiagnosticTag.Deprecated];
  return diagnostic;
}

async function actions(
  scripts: ScriptDocuments,
  document: vscode.TextDocument,
  range: vscode.Range,
  { diagnostics }: vscode.CodeActionContext,
): Promise<vscode.CodeAction[]> {
  const found = (await shownFindings(scripts, document)).filter(({ span }) => rangeOf(span).intersection(range));
  return found.flatMap((finding) => {
    const span = rangeOf(finding.span);
    const shown = diagnostics.filter(
      ({ source, range: at, code }) =>
        source === SOURCE && at.isEqual(span) && typeof code === 'object' && code.value === finding.rule,
    );
    const off = new vscode.CodeAction(
      vscode.l10n.t('Switch off the rule {0}', finding.rule),
      vscode.CodeActionKind.QuickFix,
    );
    off.diagnostics = shown;
    off.command = { command: CommandId.disableRule, title: off.title, arguments: [finding.rule, document.uri] };
    if (finding.fix.length === 0) return [off];
    const fix = new vscode.CodeAction(fixText(finding.rule), vscode.CodeActionKind.QuickFix);
    fix.diagnostics = shown;
    fix.isPreferred = true;
    fix.edit = workspaceEdit(document.uri, finding.fix);
    return [fix, off];
  });
}

/** The edits of a script as VS Code applies them. */
export function workspaceEdit(uri: vscode.Uri, edits: readonly ScriptEdit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  edit.set(
    uri,
    edits.map(({ span, text }) => new vscode.TextEdit(rangeOf(span), text)),
  );
  return edit;
}

function disabledRules(scope: vscode.Uri): readonly RuleId[] {
  const listed = vscode.workspace.getConfiguration(undefined, scope).get<unknown>(SettingId.scriptsDisabledRules);
  return Array.isArray(listed) ? RULE_IDS.filter((rule) => listed.includes(rule)) : [];
}

/** Adds a rule to the setting: of the workspace where there is one, else of the person. */
async function disableRule(rule: unknown, uri: unknown): Promise<void> {
  const known = RULE_IDS.find((id) => id === rule);
  if (known === undefined || !(uri instanceof vscode.Uri)) return;
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await vscode.workspace
    .getConfiguration(undefined, uri)
    .update(SettingId.scriptsDisabledRules, [...disabledRules(uri), known], target);
}
