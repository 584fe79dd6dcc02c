"""Times training steps of ResNet-20 in PyTorch: peer.py TASK, a JSON object {threads, batch, batchNorm, steps}.

Prints one JSON object: the milliseconds of each step, warm-up left out.
"""

import json
import sys
import time

import torch
from torch import nn


def conv(inputs, outputs, kernel, stride, batch_norm):
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=not batch_norm)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs)) if batch_norm else layer


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, batch_norm):
        super().__init__()
        self.first = conv(inputs, outputs, 3, stride, batch_norm)
        self.second = conv(outputs, outputs, 3, 1, batch_norm)
        self.shortcut = nn.Identity() if stride == 1 else conv(inputs, outputs, 1, stride, batch_norm)

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))) + self.shortcut(x))


def resnet20(batch_norm):
    layers = [conv(3, 16, 3, 1, batch_norm), nn.ReLU()]
    width = 16
    for stage, outputs in enumerate((16, 32, 64)):
        for block in range(3):
            layers.append(Block(width, outputs, 2 if stage > 0 and block == 0 else 1, batch_norm))
            width = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def main():
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task["threads"])
    torch.manual_seed(0)
    model = resnet20(task["batchNorm"])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    loss_of = nn.CrossEntropyLoss()
    images = torch.randn(task["batch"], 3, 32, 32)
    labels = torch.randint(0, 10, (task["batch"],))
    milliseconds = []
    for _ in range(task["steps"] + 2):
        started = time.perf_counter()
        optimizer.zero_grad()
        loss_of(model(images), labels).backward()
        optimizer.step()
        milliseconds.append((time.perf_counter() - started) * 1000)
    print(json.dumps({"ms": milliseconds[2:], "version": torch.__version__}))


main()
