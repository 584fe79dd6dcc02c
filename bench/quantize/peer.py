"""Quantizes a model with ONNX Runtime's own Python tool: peer.py TASK, a JSON object (see PeerTask in peer.ts).

Prints one JSON object: the peak resident memory of this process, and the seconds of each stage.
"""

import json
import os
import sys
import tempfile
import time

started = time.perf_counter()

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from onnxruntime.quantization import (  # noqa: E402
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: E402

METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}


class ArrayReader(CalibrationDataReader):
    """Reads one batch after the other from raw arrays, so that the samples are never all in memory."""

    def __init__(self, folder, batch):
        with open(os.path.join(folder, "samples.json"), encoding="utf8") as file:
            description = json.load(file)
        self.count = description["count"]
        self.inputs = description["inputs"]
        self.folder = folder
        self.batch = batch
        self.position = 0

    def get_next(self):
        size = min(self.batch, self.count - self.position)
        if size <= 0:
            return None
        feeds = {name: self.read(entry, size) for name, entry in self.inputs.items()}
        self.position += size
        return feeds

    def read(self, entry, size):
        dtype = np.dtype(entry["type"])
        elements = int(np.prod(entry["dims"], dtype=np.int64))
        start = self.position * elements * dtype.itemsize
        values = np.fromfile(os.path.join(self.folder, entry["file"]), dtype, size * elements, offset=start)
        return values.reshape([size * entry["dims"][0], *entry["dims"][1:]])


def limit_threads(threads):
    """The tool makes its sessions without a way to say how many threads; so the options it makes get the number."""
    make_options = onnxruntime.SessionOptions

    def options():
        made = make_options()
        made.intra_op_num_threads = threads
        made.inter_op_num_threads = 1
        return made

    onnxruntime.SessionOptions = options


def peak_megabytes():
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main():
    task = json.loads(sys.argv[1])
    if task["threads"] > 0:
        limit_threads(task["threads"])
    imported = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        prepared = os.path.join(folder, "prepared.onnx")
        quant_pre_process(task["model"], prepared)
        preprocessed = time.perf_counter()
        quantize_static(
            prepared,
            task["output"],
            ArrayReader(task["samples"], task["batch"]),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=task["reduceRange"],
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=METHODS[task["method"]],
        )
    seconds = {
        "import": imported - started,
        "preprocess": preprocessed - imported,
        "quantize": time.perf_counter() - preprocessed,
    }
    times = os.times()
    cost = {"peakMegabytes": peak_megabytes(), "cpuSeconds": times.user + times.system, "stages": seconds}
    print(json.dumps(cost))


main()
