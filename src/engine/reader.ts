import { readHandlers } from './readHandlers';
import { runEngine } from './runEngine';

// Entry point of the engine that reads: a tenth of the code of the other, as a person waits for it to start.
runEngine(readHandlers());
// It is started ahead of the first request, mostly that of a graph: what that needs is loaded while nobody waits.
setImmediate(() => void import('../recipe/graph/loadGraph'));
