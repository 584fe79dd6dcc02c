import type { GraphDocument } from '../../../src/protocol';
import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { splitCyclicGroups } from './acyclicGroups';
import { indexDocument, graphAt } from './documentIndex';
import { planFolding } from './folding';
import { createGraphView } from './graphView';
import { groupPatterns } from './groupPatterns';
import { divideLongLevels } from './longLevels';
import { keepUseful, type GroupDraft } from './groupDrafts';
import { addRepeatedBlocks } from './repeatedBlocks';
import { draftScopes } from './scopePaths';

/** The groups of one graph of a document. */
export interface GroupTree {
  readonly graph: number;
  /** Where they come from: scopes that the file names, or repeated blocks found in the graph. */
  readonly source: 'scopes' | 'blocks';
  /** Groups come before the groups in them. */
  readonly groups: readonly NodeGroup[];
  /** Innermost group of every node of the graph, -1 for none. */
  readonly groupOf: readonly number[];
}

/** Nodes that belong together, drawn as one block while collapsed. */
export interface NodeGroup {
  readonly key: string;
  /** Short name. */
  readonly title: string;
  readonly name: string;
  /** Index of the group it lies in, -1 at the top. */
  readonly parent: number;
  /** 0 at the top. */
  readonly depth: number;
  /** Indices of all nodes in it at any depth, in the file's order. */
  readonly members: readonly number[];
  /** Groups with the same structure carry the same positive number, within one graph. */
  readonly pattern: number;
}

/**
 * Groups the nodes of a graph by the scopes that the file names (metadata, or names like `/layer1/conv/Conv`),
 * otherwise by repeated blocks. Whatever is collapsed, the drawing of an acyclic graph stays acyclic:
 * a group that would close a cycle is split.
 */
export function buildGroups(document: GraphDocument, graph: number, strings: GraphStrings): GroupTree {
  const view = createGraphView(indexDocument(document), planFolding(document), graph);
  const scopes = draftScopes(view);
  const draft: GroupDraft = scopes ?? { groups: [], groupOf: view.body.nodes.map(() => -1) };
  addRepeatedBlocks(view, draft, strings);
  divideLongLevels(view, draft, strings);
  splitCyclicGroups(view, draft);
  const useful = keepUseful(view, draft);
  const members: number[][] = useful.groups.map(() => []);
  useful.groupOf.forEach((innermost, node) => {
    for (let group = innermost; group >= 0; group = useful.groups[group]?.parent ?? -1) members[group]?.push(node);
  });
  const depths: number[] = [];
  useful.groups.forEach((group) => depths.push(group.parent < 0 ? 0 : (depths[group.parent] ?? 0) + 1));
  const patterns = groupPatterns(view, useful);
  return {
    graph,
    source: scopes === undefined ? 'blocks' : 'scopes',
    groups: useful.groups.map((group, number) => ({
      ...group,
      depth: depths[number] ?? 0,
      members: members[number] ?? [],
      pattern: patterns[number] ?? 0,
    })),
    groupOf: useful.groupOf,
  };
}

/** The groups of every graph of a document, by graph. */
export function buildAllGroups(document: GraphDocument, strings: GraphStrings): readonly GroupTree[] {
  return document.graphs.map((_, graph) => buildGroups(document, graph, strings));
}

/** Title of a graph in breadcrumbs and in the outline. */
export function graphTitle(document: GraphDocument, graph: number): string {
  const body = graphAt(document, graph);
  return body.name === '' ? document.name : body.name;
}
