"""Trains ResNet-20 from new weights in PyTorch: peer.py TASK, a JSON object.

TASK: {data, evaluationData: dataset files of kind cifar10; epochs, batch, learningRate, heldOut: share left out, seed}.
Prints one JSON object: the share of right answers on the evaluation data after each epoch.
"""

import json
import math
import os
import sys

import numpy as np
import torch
from torch import nn


def conv(inputs, outputs, kernel, stride):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = conv(inputs, outputs, 3, stride)
        self.second = conv(outputs, outputs, 3, 1)
        self.shortcut = nn.Identity() if stride == 1 else conv(inputs, outputs, 1, stride)

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))) + self.shortcut(x))


def resnet20():
    layers = [conv(3, 16, 3, 1), nn.ReLU()]
    width = 16
    for stage, outputs in enumerate((16, 32, 64)):
        for block in range(3):
            layers.append(Block(width, outputs, 2 if stage > 0 and block == 0 else 1))
            width = outputs
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=math.sqrt(1 / module.in_features))
            nn.init.zeros_(module.bias)
    return model


def read(path):
    with open(path, encoding="utf-8") as file:
        dataset = json.load(file)
    records = np.fromfile(os.path.join(os.path.dirname(path), dataset["path"]), np.uint8).reshape(-1, 3073)
    records = records[: dataset.get("limit")]
    preprocess = dataset["preprocess"]
    mean, deviation = (torch.tensor(preprocess[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32)) * preprocess["scale"]
    return (images - mean) / deviation, torch.from_numpy(records[:, 0].astype(np.int64))


def augment(images):
    """Each image mirrored or not and shifted by up to 4 pixels, black (0 after preprocessing) coming in."""
    padded = nn.functional.pad(images, (4, 4, 4, 4))
    parts = []
    for image in padded:
        y, x = torch.randint(0, 9, (2,)).tolist()
        part = image[:, y : y + 32, x : x + 32]
        parts.append(part.flip(2) if torch.rand(1) < 0.5 else part)
    return torch.stack(parts)


def main():
    task = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    torch.manual_seed(task["seed"])
    images, labels = read(task["data"])
    order = torch.randperm(len(images))[round(len(images) * task["heldOut"]) :]
    tests, answers = read(task["evaluationData"])
    model = resnet20()
    decayed = [weight for weight in model.parameters() if weight.dim() > 1]
    others = [weight for weight in model.parameters() if weight.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0}]
    optimizer = torch.optim.SGD(groups, lr=task["learningRate"], momentum=0.9)
    steps = len(order) // task["batch"] * task["epochs"]
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    loss_of = nn.CrossEntropyLoss()
    accuracies = []
    for _ in range(task["epochs"]):
        model.train()
        order = order[torch.randperm(len(order))]
        for start in range(0, len(order) - task["batch"] + 1, task["batch"]):
            batch = order[start : start + task["batch"]]
            optimizer.zero_grad()
            loss_of(model(augment(images[batch])), labels[batch]).backward()
            optimizer.step()
            schedule.step()
        model.eval()
        with torch.no_grad():
            right = sum((model(part).argmax(1) == answer).sum() for part, answer in zip(tests.split(500), answers.split(500)))
        accuracies.append(right.item() / len(tests))
        print(accuracies[-1], file=sys.stderr, flush=True)
    print(json.dumps({"accuracies": accuracies, "version": torch.__version__}))


main()
