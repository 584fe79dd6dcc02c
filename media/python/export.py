"""Made by ONNX Press: builds a model class of a script and writes it as ONNX. Usage: export.py settings.json"""

import ast
import contextlib
import importlib.util
import inspect
import json
import os
import sys
import types

import torch

# Calls that make plain values; any other call at the top level of a script may train or download.
PLAIN_CALLS = {"Path", "str", "int", "float", "bool", "len", "dict", "list", "tuple", "set", "range", "partial"}
PLAIN_CALLS |= {"join", "dirname", "abspath", "getLogger", "namedtuple", "TypeVar", "device", "resolve", "environ.get"}
NESTED = ("state_dict", "model_state_dict", "model", "net", "ema_state_dict")
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
DYNAMO_FROM = (2, 6)
LARGE_BYTES = 1_500_000_000


def fail(message):
    print("ONNX Press: " + message, file=sys.stderr)
    sys.exit(1)


def is_plain(value):
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)]
    names = [call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "") for call in calls]
    return all(name in PLAIN_CALLS for name in names)


def is_definition(node):
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return node.value is not None and is_plain(node.value)
    if isinstance(node, ast.Try):
        return all(is_definition(child) or isinstance(child, ast.Pass) for child in node.body)
    if isinstance(node, ast.If):
        return "__name__" not in ast.dump(node.test) and all(is_definition(child) for child in node.body + node.orelse)
    return False


def import_definitions(path):
    """Runs imports, classes, functions and plain values of a script, and nothing that trains."""
    sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    module = types.ModuleType(name)
    module.__file__ = path
    for parent in relative_packages(path):
        sys.path.insert(0, parent[0])
        module.__package__ = parent[1]
    sys.modules[name] = module
    with open(path, "rb") as file:
        tree = ast.parse(file.read(), path)
    for node in filter(is_definition, tree.body):
        try:
            exec(compile(ast.Module([node], []), path, "exec"), module.__dict__)
        except ImportError as error:
            # What only the training needs may be missing here.
            print("ONNX Press: line %d: %s" % (node.lineno, error), file=sys.stderr)
    return module


def relative_packages(path):
    """The folder that holds the outermost package of a script, and the package that the script is in."""
    folder, names = os.path.dirname(path), []
    while os.path.exists(os.path.join(folder, "__init__.py")):
        names.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    return [(folder, ".".join(names))] if names else []


def load_checkpoint(model, path):
    safe = "weights_only" in inspect.signature(torch.load).parameters
    state = torch.load(path, map_location="cpu", **({"weights_only": True} if safe else {}))
    if isinstance(state, torch.nn.Module):
        state = state.state_dict()
    for key in NESTED:
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
            break
    wanted = set(model.state_dict())
    for prefix in PREFIXES:
        stripped = {name[len(prefix):] if name.startswith(prefix) else name: value for name, value in state.items()}
        if len(wanted & set(stripped)) > len(wanted & set(state)):
            state = stripped
    model.load_state_dict(state)


def make_input(entry):
    shape, kind = entry["shape"], getattr(torch, entry["type"])
    if kind.is_floating_point:
        return torch.randn(shape, dtype=kind)
    return torch.ones(shape, dtype=kind)


def input_names(model, count):
    names = [name for name in inspect.signature(model.forward).parameters][:count]
    return names if len(names) == count else ["input_%d" % index for index in range(count)]


def output_names(outputs):
    if isinstance(outputs, torch.Tensor):
        return ["output"]
    return None


def version():
    return tuple(int(part) for part in torch.__version__.split(".")[:2])


def export(model, inputs, path):
    names = input_names(model, len(inputs))
    with torch.no_grad():
        outputs = output_names(model(*inputs))
    accepted = inspect.signature(torch.onnx.export).parameters
    if version() >= DYNAMO_FROM and importlib.util.find_spec("onnxscript"):
        export_program(model, inputs, path, names, outputs, accepted)
        return
    axes = {name: {0: "batch"} for name in names + (outputs or [])}
    options = {"dynamo": False} if "dynamo" in accepted else {}
    options.update(input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=17)
    with muted():
        # With verbose, every node keeps the lines of Python that made it; the printed graph is of no use here.
        torch.onnx.export(model, inputs, path, verbose=True, **options)


@contextlib.contextmanager
def muted():
    """Keeps what native code prints out of the terminal."""
    sys.stdout.flush()
    saved = os.dup(1)
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(saved, 1)
            os.close(saved)


def export_program(model, inputs, path, names, outputs, accepted):
    options = {"external_data": is_large(model)} if "external_data" in accepted else {}
    options.update(dynamo=True, input_names=names, output_names=outputs, opset_version=18)
    # A batch of one would be taken for a constant.
    batch = tuple(torch.cat([value, value]) if value.dim() > 0 and value.shape[0] == 1 else value for value in inputs)
    shapes = tuple({0: torch.export.Dim("batch")} if value.dim() > 0 else None for value in inputs)
    try:
        torch.onnx.export(model, batch, path, dynamic_shapes=shapes, **options)
    except Exception as error:
        print("ONNX Press: the batch size stays fixed (%s)." % type(error).__name__, file=sys.stderr)
        torch.onnx.export(model, inputs, path, **options)


def is_large(model):
    return sum(value.numel() * value.element_size() for value in model.state_dict().values()) > LARGE_BYTES


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    module = import_definitions(settings["script"])
    if not hasattr(module, settings["className"]):
        fail("%s has no class %s." % (settings["script"], settings["className"]))
    # The arguments are what the person typed, in the words of the script.
    model = eval("%s(%s)" % (settings["className"], settings["arguments"]), module.__dict__)
    if settings.get("checkpoint"):
        load_checkpoint(model, settings["checkpoint"])
    model.eval()
    # The weights of a large model lie in a second file that the first one names, so it gets its name at once.
    path = settings["output"] if is_large(model) else settings["output"] + ".partial"
    export(model, tuple(make_input(entry) for entry in settings["inputs"]), path)
    os.replace(path, settings["output"])
    print("ONNX Press: wrote %s" % settings["output"])


if __name__ == "__main__":
    main()
