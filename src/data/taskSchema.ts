import { z } from 'zod';

const outputName = z.string().min(1);

/** How raw outputs of a detector become boxes with a score and a class. */
export const decoderSchema = z
  .strictObject({
    output: outputName.optional().describe('The output that holds everything, YOLO style.'),
    layout: z
      .enum(['rows', 'columns'])
      .optional()
      .describe('rows (default): [boxes, values]; columns: [values, boxes]. Of "output" only.'),
    fields: z
      .enum(['scores', 'objectness-scores', 'score-class', 'class-score'])
      .optional()
      .describe('What follows the four box values in "output"; default: scores.'),
    boxes: outputName.optional().describe('The output of boxes, [boxes, 4]; instead of "output".'),
    scores: outputName.optional().describe('The output of scores, [boxes] or [boxes, classes].'),
    classes: outputName.optional().describe('The output of class indices, [boxes].'),
    boxFormat: z.enum(['xyxy', 'cxcywh', 'xywh', 'yxyx']).optional().describe('Default: xyxy.'),
    units: z.enum(['pixels', 'normalized']).optional().describe("Of the model's input; default: pixels."),
    activation: z.enum(['none', 'sigmoid', 'softmax']).optional().describe('Turns scores into probabilities.'),
    background: z.boolean().optional().describe('True when the first score is that of the background.'),
    confidence: z.number().min(0).max(1).optional().describe('Boxes below it are dropped; default: 0.001.'),
    nms: z
      .union([z.number().min(0).max(1), z.literal(false)])
      .optional()
      .describe('Overlap (IoU) from which the lower score of a class is dropped; default: 0.65; false: none.'),
    maxDetections: z.int().min(1).max(100_000).optional().describe('Of an image; default: 100.'),
  })
  .refine(({ output, boxes, scores }) => (output === undefined) === (boxes !== undefined && scores !== undefined), {
    message: 'must name either "output", or "boxes" and "scores"',
  });

export const detectionSchema = z.strictObject({
  kind: z.literal('detection'),
  annotations: z.string().min(1).describe('COCO annotations (.json), or a TSV with file, class, x, y, width, height.'),
  categories: z.array(z.int()).min(1).optional().describe("The category id of each of the model's classes, in order."),
  decoder: decoderSchema,
});

export const segmentationSchema = z.strictObject({
  kind: z.literal('segmentation'),
  masks: z.string().min(1).describe('Folder of PNG masks named like the samples, or a .npz or .npy.'),
  array: z.string().min(1).optional().describe('Name of the array in a .npz; default: "masks".'),
  suffix: z.string().min(1).optional().describe('What replaces the ending of a sample\'s file name; default: ".png".'),
  colors: z
    .array(z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]))
    .min(1)
    .optional()
    .describe('Where masks are coloured: the red, green and blue of each class, in order.'),
  output: outputName.optional().describe('Default: the first output of rank 3 or 4.'),
  layout: z.enum(['NCHW', 'NHWC']).optional().describe('Where the class axis is; default: NCHW.'),
  activation: z.enum(['none', 'sigmoid']).optional().describe('Before the threshold, of one channel.'),
  threshold: z.number().optional().describe('Of one channel: class 1 from here on; default: 0.5.'),
  ignore: z.int().min(0).optional().describe('A value of masks that does not count; default: 255.'),
});

/** What is measured besides classification. */
export const taskSchema = z.discriminatedUnion('kind', [detectionSchema, segmentationSchema]);

/** A program that computes figures from a model's outputs. */
export const metricSchema = z.strictObject({
  command: z.string().min(1).describe('The program or script, relative to this file.'),
  interpreter: z.string().min(1).optional().describe('What runs the script: "python3"; default: the script itself.'),
  arguments: z.array(z.string()).max(100).optional().describe('Before the folder of outputs.'),
  timeoutSeconds: z.number().min(1).max(86_400).optional().describe('Default: 600.'),
});

export type BoxDecoder = z.infer<typeof decoderSchema>;
export type DetectionTask = z.infer<typeof detectionSchema>;
export type SegmentationTask = z.infer<typeof segmentationSchema>;
export type Task = z.infer<typeof taskSchema>;
export type MetricCommand = z.infer<typeof metricSchema>;

/** A task whose paths are resolved. */
export function resolvedTask(task: Task, resolve: (path: string) => string): Task {
  return task.kind === 'detection'
    ? { ...task, annotations: resolve(task.annotations) }
    : { ...task, masks: resolve(task.masks) };
}
