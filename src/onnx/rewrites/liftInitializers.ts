import { mainGraph } from '../model';
import type { Pass } from './pass';

/** The first IR version in which an initializer need not be listed as an input. */
const FREE_INITIALIZERS_IR = 4n;

/**
 * Takes initializers out of the graph inputs, where they would count as overridable and so not as constants.
 * Before IR 4 every initializer had to be listed, so all of them go; the same when a later model lists all of them, as
 * old exporters kept doing. When only some are listed, that is on purpose, and they stay; as do those that are fed.
 */
export const liftInitializers: Pass = {
  name: 'initializers out of inputs',
  exact: true,
  apply(model, context) {
    const graph = mainGraph(model);
    const listed = new Set(graph.input.map((value) => value.name));
    const isOld = model.proto.irVersion < FREE_INITIALIZERS_IR;
    if (!isOld && !graph.initializer.every((tensor) => listed.has(tensor.name))) return 0;
    const initializers = new Set(graph.initializer.map((tensor) => tensor.name));
    const kept = graph.input.filter(({ name }) => !initializers.has(name) || (!isOld && context.fedNames.has(name)));
    const changes = graph.input.length - kept.length;
    graph.input = kept;
    if (changes > 0 && isOld) model.proto.irVersion = FREE_INITIALIZERS_IR;
    return changes;
  },
};
