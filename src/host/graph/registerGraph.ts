import { registerGraphCommands } from '../commands/graph';
import { registerGraphEditor } from '../editors/graphEditor';
import { SideBySidePanels } from '../panels/sideBySidePanels';
import type { Services } from '../services';
import { registerOutlineView } from '../views/outlineView';
import { ActiveGraph } from './activeGraph';

/** Registers all that belongs to the graph: its editor, the side-by-side panels, the outline and the commands. Returns the open panels. */
export function registerGraph(services: Services): ActiveGraph {
  const active = new ActiveGraph();
  const panels = new SideBySidePanels(services, active);
  services.context.subscriptions.push(active, panels);
  registerGraphEditor(services, active);
  registerOutlineView(services.context, active);
  registerGraphCommands(services, active, panels);
  return active;
}
