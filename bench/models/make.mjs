// Makes the models that the benchmarks need: node bench/models/make.mjs NAME... (see README.md).
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { densenet201 } from './densenet201.mjs';
import { googlenet } from './googlenet.mjs';
import { mlp } from './mlp.mjs';
import { mobilenetv2 } from './mobilenetv2.mjs';
import { resnet18 } from './resnet18.mjs';
import { resnet50 } from './resnet50.mjs';
import { transformer } from './transformer.mjs';
import { byteLength } from './wire.mjs';
import { yolo } from './yolo.mjs';

const SEED = 1;
/** Models that are built as a whole. */
const MAKERS = {
  resnet18: (options) => resnet18({ ...options, fold: true }),
  'resnet18-bn': (options) => resnet18({ ...options, fold: false }),
  resnet50,
  densenet201,
  googlenet,
  mobilenetv2,
  yolo,
  transformer24: (options) => transformer({ ...options, name: 'transformer24', layers: 24, stacks: 1 }),
  transformer10k: (options) => transformer({ ...options, name: 'transformer10k', layers: 24, stacks: 5 }),
};
const NAMES = [...Object.keys(MAKERS), 'mlp', 'mlp-external'];
/** 19 matrices of 100 MB stay under the 2 GB that a protobuf file may have; 60 of them make 6 GB. */
const WIDTH = 5000;
const LAYERS = { mlp: 19, 'mlp-external': 60 };

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('out', import.meta.url)) },
    width: { type: 'string', default: String(WIDTH) },
    layers: { type: 'string' },
    dense: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
  },
});
const unknown = names.filter((name) => !NAMES.includes(name));
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`Unknown model: ${unknown.join(', ')}.`);
  console.error(`Usage: make.mjs NAME... [--out DIR] [--width N] [--layers N] [--dense] [--force]`);
  console.error(`Names: ${NAMES.join(', ')}`);
  process.exit(2);
}
mkdirSync(options.out, { recursive: true });
for (const name of names) {
  const path = join(options.out, `${name}.onnx`);
  if (options.force || !existsSync(path)) make(name, path);
  console.log(path);
}

function make(name, path) {
  const maker = MAKERS[name];
  if (maker) {
    writeWhole(path, maker({ seed: SEED }));
    return;
  }
  const dataFile = name === 'mlp-external' ? `${name}.onnx.data` : undefined;
  const layers = Number(options.layers ?? LAYERS[name]);
  const { parts, data } = mlp({ seed: SEED, layers, width: Number(options.width), dataFile });
  if (dataFile !== undefined) writeData(join(options.out, dataFile), data);
  writeWhole(path, parts);
}

/** Writes the parts one after another; the file gets its name when it is complete. */
function writeWhole(path, parts) {
  writeThenRename(path, (file) => {
    let position = 0;
    for (const part of parts) position = writePart(file, part, position);
    if (position !== byteLength(parts))
      throw new Error(`${path}: ${position} bytes written, not ${byteLength(parts)}.`);
  });
}

/** Writes the data file: only its first matrix, the others being holes that read as zeros, unless `--dense`. */
function writeData(path, data) {
  writeThenRename(path, (file) => {
    const last = data[data.length - 1];
    ftruncateSync(file, last.offset + last.part.length);
    for (const { offset, part } of options.dense ? data : data.slice(0, 1)) writePart(file, part, offset);
  });
}

function writeThenRename(path, write) {
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w');
  try {
    write(file);
  } catch (error) {
    rmSync(partial);
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
}

/** Writes one part at `position`; returns the position after it. */
function writePart(file, part, position) {
  let next = position;
  for (const chunk of part instanceof Uint8Array ? [part] : part.chunks()) {
    for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done, chunk.length - done, next + done);
    next += chunk.length;
  }
  return next;
}
