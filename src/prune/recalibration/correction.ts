import type { Sample } from '../../data/dataset';
import type { Model } from '../../onnx/model';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { ProgressCallback } from '../../util/progress';
import type { MomentOptions } from '../../evaluate/channelMoments';

/** What layers of a pruned model are corrected by. */
export interface CorrectionInput {
  /** Before anything was pruned. */
  readonly original: Model;
  /** With nodes and shapes of the same names, perhaps not all; its weights and biases are changed. */
  readonly masked: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly samples: readonly Sample[];
}

/** How layers are corrected. */
export interface CorrectionOptions extends MomentOptions {
  /** Passes over the samples: where there are fewer than layers, neighbours are corrected on the same inputs. */
  readonly rounds?: number;
  readonly onProgress?: ProgressCallback;
}
