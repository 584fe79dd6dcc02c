import type { NodeRef, RecipeChoice } from '../../../src/protocol';
import { formatBytes } from '../../../src/util/format';
import { numberCell, textCell, type Cell } from '../../ui/tableModel';
import type { VirtualRow } from '../../ui/virtualTable';
import type { ChangeMark } from '../model/display';
import { countText } from '../model/numberText';
import { layerRows, type LayerRow } from '../model/layerRows';
import { dimsText } from '../model/tensorFacts';
import { CHANGE_SIGNS } from '../scene/categories';
import type { GraphModel } from './graphModel';
import { createLayerTable, type LayerTableOptions } from './layerTable';
import { whenIdle, type Session } from './session';

export interface LayersController {
  readonly element: HTMLElement;
  /** Fills the table with the layers of the active model, when it is open and the page is idle. */
  refresh(): void;
  /** Marks the row of what is selected in the graph. */
  follow(): void;
  focus(): void;
}

/** How nodes of the active model differ from the other model's; undefined with one model. */
export type ChangeOf = (node: NodeRef) => ChangeMark | undefined;

/** Keeps the table of layers and the graph at the same layer, both ways. */
export function createLayersController(
  session: Session,
  changeOf: ChangeOf | undefined,
  onClose: () => void,
): LayersController {
  const { strings, formats } = session;
  let filled: GraphModel | undefined;
  let layers: readonly LayerRow[] = [];

  const act = (run: (layer: LayerRow) => Promise<unknown>) => (id: string) => {
    const layer = layers.find(({ node }) => idOf(node) === id);
    if (layer !== undefined) run(layer).catch((error: Error) => session.announce(error.message));
  };
  const show = act(({ node }) => session.active().revealNode(node));
  const table = createLayerTable(strings, formats, {
    columns: columnsOf(session, changeOf),
    state: session.state().table,
    actions: [
      { text: strings.showInGraph, run: act(showAndFocus) },
      { text: strings.excludeNode, run: act((layer) => toggle(layer, 'exclude')) },
      { text: strings.keepFp16, run: act((layer) => toggle(layer, 'fp16')) },
      { text: strings.protectNode, run: act((layer) => toggle(layer, 'protect')) },
      { text: strings.copyName, run: act(copy) },
    ],
    onState: (state) => session.save({ table: state }),
    onSelect: show,
    onActivate: act(showAndFocus),
    onClose,
  });

  async function showAndFocus({ node }: LayerRow): Promise<void> {
    await session.active().revealNode(node);
    session.active().view?.focus();
  }

  async function toggle({ name }: LayerRow, choice: RecipeChoice): Promise<void> {
    const { side } = session.active();
    const chosen = session.choices(side);
    const lists = { exclude: chosen.excluded, fp16: chosen.fp16, protect: chosen.protected };
    const on = !lists[choice].includes(name);
    await session.request(side, 'choose', { nodes: [name], choice, on });
  }

  async function copy({ name }: LayerRow): Promise<void> {
    const { copied } = await session.request(session.active().side, 'copy', { text: name });
    if (copied) session.announce(strings.copied);
  }

  function fill(): void {
    const { model } = session.active();
    if (model === undefined || !session.state().tableOpen || model === filled) return;
    filled = model;
    layers = layerRows(model.document, model.groups, strings, model.shapes);
    table.setRows(layers.map((layer) => ({ id: idOf(layer.node), cells: cellsOf(layer, session, changeOf) })));
    follow();
  }

  function follow(): void {
    const key = session.active().state.selection;
    const layer = key === undefined ? undefined : layers.find((candidate) => candidate.key === key);
    table.select(layer === undefined ? undefined : idOf(layer.node));
  }

  return { element: table.element, refresh: () => whenIdle(fill), follow, focus: table.focus };
}

type Columns = LayerTableOptions['columns'];

function columnsOf({ strings }: Session, changeOf: ChangeOf | undefined): Columns {
  const word = (title: string, width: number, share = 0): Columns[number] => ({
    title,
    width,
    share,
    isNumeric: false,
  });
  const number = (title: string): Columns[number] => ({ title, width: 124, share: 0, isNumeric: true });
  return [
    word(strings.name, 180, 3),
    word(strings.operator, 130, 1),
    ...(changeOf === undefined ? [] : [word(strings.change, 100)]),
    word(strings.type, 80),
    word(strings.shape, 120, 1),
    number(strings.parameters),
    number(strings.size),
    number(strings.macs),
    word(strings.quantization, 140, 2),
  ];
}

function cellsOf(layer: LayerRow, { strings, formats }: Session, changeOf: ChangeOf | undefined): readonly Cell[] {
  const mark = changeOf?.(layer.node);
  const names = { added: strings.added, removed: strings.removed, changed: strings.changed };
  return [
    textCell(layer.name),
    textCell(layer.operator),
    ...(changeOf === undefined ? [] : [textCell(mark === undefined ? '' : `${CHANGE_SIGNS[mark]} ${names[mark]}`)]),
    textCell(layer.type ?? ''),
    textCell(layer.dims === undefined ? '' : dimsText(layer.dims)),
    numberCell(layer.parameters, formats.integer),
    numberCell(layer.bytes, formatBytes),
    layer.macs === undefined ? { text: '', sort: -1 } : numberCell(layer.macs, countText),
    textCell(layer.quantization),
  ];
}

function idOf({ graph, node }: NodeRef): VirtualRow['id'] {
  return `${graph}/${node}`;
}
