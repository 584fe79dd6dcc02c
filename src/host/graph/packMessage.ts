import type { GraphPanelMessage, PackedPanelMessage } from '../../protocol';

/** What grows with the model. */
const LARGE: ReadonlySet<GraphPanelMessage['type']> = new Set(['graph/show', 'graph/update', 'graph/shapes']);

/** The message as it travels to the webview: packed where it may be megabytes. */
export function packMessage(message: GraphPanelMessage): GraphPanelMessage | PackedPanelMessage {
  if (!LARGE.has(message.type)) return message;
  return { type: 'graph/packed', json: new TextEncoder().encode(JSON.stringify(message)) };
}
