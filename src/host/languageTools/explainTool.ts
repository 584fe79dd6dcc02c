import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { comparisonsIn } from '../comparison/comparisonRecords';
import { reportOfModel } from '../comparison/pairReport';
import { findRecipe } from '../graph/modelRecipe';
import { relatedModels } from '../graph/relatedModels';
import type { Services } from '../services';
import { relativePath } from './inspectTool';
import { comparisonFacts, inspectionFacts, reportFacts } from './modelFacts';
import { answerWith } from './toolAnswer';
import { workspaceModel } from './toolFiles';
import { EXPLAIN_INPUT } from './toolInputs';

/** How the figures are to be read; an assistant otherwise makes up units and thresholds. */
const READING = [
  'Sizes are bytes, times milliseconds, proportions 0..1 with a 95 % interval; speedup above 1 means that the compressed model is faster.',
  'sqnrDb is the signal to quantization noise ratio of an output: higher is closer to the original, null means identical.',
  'A difference in accuracy counts only where the paired test or the intervals say so.',
  'Nodes that are kept run in floating point as before; the reason of each is given.',
];

/**
 * Tells an assistant all that is known of a model: what it holds, how it was made and what that cost, what it was
 * compared with, and what its recipe leaves out. Reads only, and runs nothing of the model.
 */
export function explainTool(services: Services): vscode.LanguageModelTool<unknown> {
  return {
    prepareInvocation: ({ input }) => {
      const { model } = EXPLAIN_INPUT.parse(input);
      return { invocationMessage: vscode.l10n.t('Reading what is known of {0}', basename(model)) };
    },
    invoke: ({ input }, token) =>
      answerWith(services, token, async (signal) => {
        const path = await workspaceModel(EXPLAIN_INPUT.parse(input).model);
        const [holds, report, related, comparisons, quantize, prune] = await Promise.all([
          services.reader.request('model/inspect', { path }, { signal }),
          reportOfModel(path),
          relatedModels(path),
          comparisonsIn(dirname(path)),
          findRecipe(path, 'quantize'),
          findRecipe(path, 'prune'),
        ]);
        const comparison = comparisons.find(({ record }) => record.after === path || record.before === path);
        return {
          howToRead: READING,
          holds: inspectionFacts(holds, relativePath),
          madeBy: report === undefined ? 'no report says how it was made' : reportFacts(report.report, relativePath),
          related: related.map((each) => ({ model: relativePath(each.path), relation: each.relation })),
          newestComparison:
            comparison === undefined ? 'none is kept' : comparisonFacts(comparison.record.result, relativePath),
          ...(quantize === undefined
            ? {}
            : { recipe: { leftOut: quantize.lists.exclude, keptInFp16: quantize.lists.keepFp16 } }),
          ...(prune === undefined ? {} : { pruningRecipe: { protected: prune.lists.protect } }),
        };
      }),
  };
}
