import { pipelineHandlers } from './handlers';
import { runEngine } from './runEngine';

// Entry point of the engine that runs models.
runEngine(pipelineHandlers());
