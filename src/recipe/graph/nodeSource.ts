import type { NodeProto } from '../../onnx/onnx_pb';
import type { SourceLine } from '../../protocol';

/** Stacks longer than this are not read; PyTorch's are some kilobytes. */
const MAX_SOURCE = 65_536;
const MAX_PATH = 4_096;
/** A frame as Python prints it, in the metadata of `torch.export` based files; outermost first. */
const PYTHON_FRAME = /File "([^"\n]+)", line (\d+)/g;
/** A frame as TorchScript writes it into doc strings; innermost first. */
const TORCHSCRIPT_FRAME = /^(.+\.py)\((\d+)\): .+$/gm;
/** Installed packages are looked at by hardly anybody; the lines of PyTorch itself by nobody. */
const INSTALLED = /[/\\](site|dist)-packages[/\\]|[/\\]media[/\\]python[/\\]export\.py$/;
const PYTORCH = /[/\\](site|dist)-packages[/\\]torch[/\\]|[/\\]media[/\\]python[/\\]export\.py$/;

/**
 * The line of Python that made a node, as PyTorch's exporters note it: `pkg.torch.onnx.stack_trace` of the metadata, or
 * the doc string of a verbose TorchScript export. The innermost line of the person's own code, else of another package.
 */
export function sourceOf({ metadataProps, docString }: NodeProto): SourceLine | undefined {
  const trace = metadataProps.find(({ key }) => key === 'pkg.torch.onnx.stack_trace')?.value;
  const frames = trace === undefined ? framesOf(docString, TORCHSCRIPT_FRAME) : framesOf(trace, PYTHON_FRAME).reverse();
  return frames.find(({ file }) => !INSTALLED.test(file)) ?? frames.find(({ file }) => !PYTORCH.test(file));
}

/** True for a doc string that is a stack and nothing for a person to read. */
export function isStack(docString: string): boolean {
  const [first = ''] = docString.split('\n', 1);
  return new RegExp(TORCHSCRIPT_FRAME.source).test(first);
}

function framesOf(text: string, pattern: RegExp): SourceLine[] {
  if (text.length > MAX_SOURCE) return [];
  return [...text.matchAll(pattern)]
    .map(([, file = '', line]) => ({ file, line: Number(line) }))
    .filter(({ file, line }) => file.length <= MAX_PATH && line > 0 && Number.isSafeInteger(line));
}
