import { readHandlers } from './readHandlers';
import { runEngine } from './runEngine';

// Entry point of the engine that reads: a tenth of the code of the other, as a person waits for it to start.
runEngine(readHandlers());
