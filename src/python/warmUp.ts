import { analyseScript } from './analysis';
import type { PythonParser } from './pythonParser';
import { readScript } from './script';

/** How often the small script is read. More rounds make the first analysis hardly faster, fewer make it slower. */
const ROUNDS = 20;

/** A bit of everything that training scripts are made of. */
const SCRIPT = `"""Trains a small network."""
import argparse
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

EPOCHS, RATES = 10, [0.1, 1e-2]


class Net(nn.Module):
    """Two layers."""

    def __init__(self, width=32, *, classes: int = 10):
        super().__init__()
        self.stem = nn.Conv2d(3, width, kernel_size=3, padding=1, bias=False)
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(width, width), nn.ReLU()) for _ in range(4)])
        self.head = nn.Linear(width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.stem(x), inplace=True).mean((2, 3))
        for block in self.blocks:
            x = x + block(x)
        return self.head(x) if self.training else F.softmax(self.head(x), dim=1)


@torch.no_grad()
def evaluate(model, loader, device="cpu"):
    model.eval()
    correct = sum(int((model(x.to(device)).argmax(1) == y).sum()) for x, y in loader)
    return {"accuracy": correct / max(1, len(loader.dataset))}


def train(loader, epochs=EPOCHS, lr=RATES[0], **options):
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        total = 0
        for step, (images, labels) in enumerate(loader):
            if labels is None or not len(labels):
                continue
            optimizer.zero_grad()
            outputs = model(images)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            total += loss.item()  # of the epoch
        print(f"epoch {epoch}: {total / max(step, 1):.4f}")
    try:
        torch.save(model.state_dict(), Path("out") / "net.pt")
    except OSError as error:
        raise SystemExit(str(error)) from error
    return model


if __name__ == "__main__":
    with open("settings.json") as file:
        settings = lambda key: file.read()[key:-1]
    net = train(DataLoader([], batch_size=64, shuffle=True))
    torch.onnx.export(net.eval(), torch.zeros(1, 3, 8, 8), "net.onnx", dynamic_axes={"x": {0: "batch"}})
`;

/**
 * Reads a small script again and again, so that the first one of a person is not what the parser and the analysis are
 * compiled on. `pause` lets other work have its turn; it is awaited after each round of some milliseconds.
 */
export async function warmUp(parser: PythonParser, pause: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const tree = parser.parse(SCRIPT);
    analyseScript(readScript(tree, SCRIPT));
    tree.delete();
    await pause();
  }
}
