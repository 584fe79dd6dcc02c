// The process that computes gradients, as the product has it.
import '../../src/engine/trainWorker';
