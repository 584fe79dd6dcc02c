import { resolve } from 'node:path';
import { z } from 'zod';
import type { TrainParams } from '../../protocol';
import { withoutUndefined } from '../../util/withoutUndefined';
import { stampOf, type ModelStamp } from '../graph/runFiles';

/** What a checkpoint says of where it comes from, so that its training can go on without being asked for anew. */
export interface CheckpointOrigin {
  /** What was asked for, with every default filled in and absolute paths. */
  readonly params: TrainParams;
  /** What the files were when the training began; null for one that was not there. */
  readonly model: ModelStamp | null;
  readonly teacher?: ModelStamp | null;
}

const stamp = z.object({ sizeBytes: z.number(), mtimeMs: z.number() }).nullable();

const ORIGIN = z.object({
  params: z.looseObject({
    model: z.string(),
    teacher: z.string().optional(),
    data: z.string().optional(),
    output: z.string().optional(),
    settings: z.looseObject({ epochs: z.int().min(1) }),
  }),
  model: stamp,
  teacher: stamp.optional(),
});

/** The origin of a training that begins now. What only this run was allowed is left out. */
export function originOf(params: TrainParams): CheckpointOrigin {
  const { resume: _resume, trusted: _trusted, model, teacher, data, evaluationData, output, ...rest } = params;
  const absolute = (path: string | undefined): string | undefined => (path === undefined ? path : resolve(path));
  const paths = withoutUndefined({
    teacher: absolute(teacher),
    data: absolute(data),
    evaluationData: absolute(evaluationData),
    output: absolute(output),
  });
  return {
    params: { ...rest, ...paths, model: resolve(model) },
    model: stampOf(model) ?? null,
    ...(teacher === undefined ? {} : { teacher: stampOf(teacher) ?? null }),
  };
}

/** The origin that a checkpoint holds; undefined for what is none. */
export function parseOrigin(json: unknown): CheckpointOrigin | undefined {
  const parsed = ORIGIN.safeParse(json);
  // The settings are checked when the training is started.
  return parsed.success ? (parsed.data as unknown as CheckpointOrigin) : undefined;
}
