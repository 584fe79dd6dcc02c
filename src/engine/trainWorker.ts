import { serveTrainWorker } from '../recipe/train/serveTrainWorker';

// Entry point of the processes that compute gradients.
serveTrainWorker(process);
