"""Trains a small convolutional network on handwritten digits and exports it to digits.onnx.

    python3 train_digits.py data

The folder holds IDX files: train-images.idx3-ubyte, train-labels.idx1-ubyte, and the same two named "evaluation-".
"""

import struct
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

SEED = 7
EPOCHS = 10
BATCH_SIZE = 64
LEARNING_RATE = 5e-3
MEAN, STD = 0.1307, 0.3081  # of the 60,000 MNIST training images, scaled to [0, 1]


class ConvBlock(nn.Sequential):
    """Convolution, batch normalization, ReLU."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, groups=1):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class DepthwiseBlock(nn.Sequential):
    """A depthwise 3x3 convolution, then a pointwise one that mixes the channels."""

    def __init__(self, channels):
        super().__init__(
            ConvBlock(channels, channels, groups=channels),
            ConvBlock(channels, channels, kernel=1),
        )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = ConvBlock(channels, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(x + self.norm2(self.conv2(self.conv1(x))))


class DigitNet(nn.Module):
    """28x28 grey image in, ten logits out."""

    def __init__(self):
        super().__init__()
        self.stem = ConvBlock(1, 48, stride=2)
        self.block1 = ResidualBlock(48)
        self.mix = DepthwiseBlock(48)
        self.block2 = ResidualBlock(48)
        self.classifier = nn.Linear(48, 10)

    def forward(self, x):
        x = self.block1(self.stem(x))
        x = self.block2(self.mix(x))
        x = F.adaptive_avg_pool2d(x, 1)
        return self.classifier(torch.flatten(x, 1))


def read_idx(path):
    """Reads an IDX file of unsigned bytes into a tensor."""
    content = Path(path).read_bytes()
    dimensions = content[3]
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    return torch.frombuffer(bytearray(content[4 + 4 * dimensions :]), dtype=torch.uint8).reshape(shape)


def load(folder, name):
    """Returns normalized images [N, 1, 28, 28] and their labels [N]."""
    images = read_idx(Path(folder) / f"{name}-images.idx3-ubyte")
    labels = read_idx(Path(folder) / f"{name}-labels.idx1-ubyte")
    return ((images / 255.0 - MEAN) / STD).unsqueeze(1), labels.long()


def augment(images):
    """Rotates, scales and shifts every image a little."""
    count = len(images)

    def uniform(limit):
        return (torch.rand(count) * 2 - 1) * limit

    angle, scale = uniform(0.2), 1 + uniform(0.12)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    rows = [torch.stack([cos, -sin, uniform(0.14)], 1), torch.stack([sin, cos, uniform(0.14)], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    background = -MEAN / STD
    return F.grid_sample(images - background, grid, align_corners=False) + background


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        predictions = torch.cat([model(batch).argmax(1) for batch in images.split(250)])
    return (predictions == labels).float().mean().item()


def train(model, images, labels):
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    steps = EPOCHS * (len(images) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for epoch in range(EPOCHS):
        model.train()
        order = torch.randperm(len(images))
        total_loss = 0.0
        batches = order.split(BATCH_SIZE)[: len(images) // BATCH_SIZE]
        for batch in batches:
            loss = F.cross_entropy(model(augment(images[batch])), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total_loss += loss.item()
        print(f"epoch {epoch + 1}/{EPOCHS}  loss {total_loss / len(batches):.4f}", flush=True)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "data"
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(2)  # sums are added in an order that depends on it

    model = DigitNet()
    train(model, *load(folder, "train"))
    print(f"accuracy on the evaluation images: {100 * accuracy(model, *load(folder, 'evaluation')):.2f} %")

    # PRESERVE keeps batch normalization as it was trained instead of folding it into the convolutions.
    model.eval()
    torch.onnx.export(
        model,
        torch.zeros(1, 1, 28, 28),
        "digits.onnx",
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )


if __name__ == "__main__":
    main()
