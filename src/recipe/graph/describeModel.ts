import { basename } from 'node:path';
import { checkLocation, externalEntry } from '../../onnx/externalData';
import { tensorsOf, type Model } from '../../onnx/model';
import { TensorProto_DataLocation } from '../../onnx/onnx_pb';
import { weightBytes } from '../../onnx/writeModel';
import type { GraphDocument } from '../../protocol';
import { countWeights, problemOf } from '../modelFacts';
import { describeGraphs } from './graphBodies';
import { cutText } from './graphText';
import type { StoredWeight } from './storedWeight';

/** A document, and where the weights are that it leaves out. */
export interface LoadedGraph {
  readonly document: GraphDocument;
  /** By graph, by number of the tensor. */
  readonly weights: readonly ReadonlyMap<number, StoredWeight>[];
}

const MAX_TEXT = 4000;
const MAX_METADATA = 200;

/** Describes a model that was read from `path`. */
export function describeModel(path: string, sizeBytes: number, model: Model): LoadedGraph {
  const { proto } = model;
  const { bodies, weights } = describeGraphs(model);
  const problem = problemOf(model);
  const dataFiles = dataFilesOf(model);
  const document: GraphDocument = {
    version: 1,
    name: basename(path),
    sizeBytes,
    externalBytes: weightBytes(model).external,
    ...(dataFiles.length === 0 ? {} : { dataFiles }),
    irVersion: Number(proto.irVersion),
    producer: cutText([proto.producerName, proto.producerVersion].filter((part) => part !== '').join(' '), MAX_TEXT),
    description: cutText(proto.docString, MAX_TEXT),
    opsets: proto.opsetImport
      .slice(0, MAX_METADATA)
      .map(({ domain, version }) => ({ domain: cutText(domain, MAX_TEXT), version: Number(version) })),
    metadata: Object.fromEntries(
      proto.metadataProps
        .slice(0, MAX_METADATA)
        .map(({ key, value }) => [cutText(key, MAX_TEXT), cutText(value, MAX_TEXT)]),
    ),
    parameterCount: countWeights(model).parameterCount,
    graphs: bodies,
    notes: problem === undefined ? [] : [problem],
  };
  return { document, weights };
}

/** Plain locations of external data; what is not plain is never read. */
function dataFilesOf(model: Model): string[] {
  const locations = new Set<string>();
  for (const tensor of tensorsOf(model.proto)) {
    if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL)
      locations.add(externalEntry(tensor, 'location') ?? '');
  }
  return [...locations].flatMap((location) => {
    try {
      return [checkLocation(location)];
    } catch {
      return [];
    }
  });
}
