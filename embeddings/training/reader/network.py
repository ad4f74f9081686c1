"""The transformer that reads a question and a sentence side by side (BERT's, Devlin et al. 2019), its training and its
form for onnxruntime."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, gelu, scaled_dot_product_attention

from embeddings.training.reader.start import Start

PADDING, EPSILON, DROPPED = 1, 1e-12, 0.1
POOL = 8
"""Batches that are filled together, pairs of like length in one."""


class Example(NamedTuple):
    """A pair as ids and sides (`reader.pair`), whether the sentence answers the question, and how much that counts."""

    ids: list[int]
    sides: list[int]
    answers: float
    weight: float


class Layer(nn.Module):
    """Attention and a feed-forward net, each with what it was given added and normed."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.ao = (nn.Linear(width, width) for _ in range(4))
        self.fi, self.fo = nn.Linear(width, inner), nn.Linear(inner, width)
        self.aln, self.oln = nn.LayerNorm(width, EPSILON), nn.LayerNorm(width, EPSILON)

    def forward(self, x: Tensor, there: Tensor | None) -> Tensor:
        """(batch, tokens, width) after the layer; `there` (batch, 1, 1, tokens): which tokens there are, if not all."""
        q, k, v = (part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.q, self.k, self.v))
        found = scaled_dot_product_attention(q, k, v, attn_mask=there).transpose(1, 2).flatten(2)
        x = self.aln(x + self.ao(found))
        return self.oln(x + self.fo(gelu(self.fi(x))))  # type: ignore[no-any-return]


class Network(nn.Module):
    """The first layers of a start, and on them one number from the first token and the mean of the question's."""

    def __init__(self, start: Start, layers: int) -> None:
        super().__init__()
        words, width = start.tensors["emb.word"].shape
        inner = len(start.tensors["l0.fi.b"])
        self.word = nn.Embedding(words, width, _freeze=True)
        self.pos, self.side = (nn.Embedding(len(start.tensors[f"emb.{name}"]), width) for name in ("pos", "type"))
        self.ln = nn.LayerNorm(width, EPSILON)
        self.layers = nn.ModuleList(Layer(width, start.heads, inner) for _ in range(layers))
        self.out = nn.Linear(2 * width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.drop = nn.Dropout(DROPPED)
        state = self.state_dict()
        named = {_own(name): torch.from_numpy(values) for name, values in start.tensors.items()}
        self.load_state_dict(state | {name: named[name].reshape(state[name].shape) for name in state if name in named})

    def forward(self, ids: Tensor, sides: Tensor, there: Tensor | None = None) -> Tensor:
        """(batch,) logits of (batch, tokens) ids; `there` is false where a shorter pair was filled up."""
        x = self.ln(self.word(ids) + self.pos.weight[: ids.shape[1]] + self.side(sides))
        for layer in self.layers:
            x = layer(self.drop(x), None if there is None else there[:, None, None, :])
        asked = (sides == 0 if there is None else (sides == 0) & there).unsqueeze(-1).to(x.dtype)
        mean = (x * asked).sum(1) / asked.sum(1)
        return self.out(self.drop(torch.cat([x[:, 0], mean], 1)))[:, 0]  # type: ignore[no-any-return]


def _own(name: str) -> str:
    """`l0.q.w` → `layers.0.q.weight`, `emb.word` → `word.weight`."""
    name = re.sub(r"^l(\d+)\.", r"layers.\1.", name).removeprefix("emb.").replace("type", "side")
    return name[:-1] + "bias" if name.endswith(".b") else name.removesuffix(".w") + ".weight"


def train(
    network: Network,
    examples: Sequence[Example],
    steps: int,
    rate: float,
    seed: int,
    batch: int = 32,
    report: Callable[[int, float], None] = lambda step, loss: None,
) -> None:
    """AdamW; the rate rises over a tenth of the steps and falls to 0. Products are taken in bfloat16."""
    torch.manual_seed(seed)
    order = random.Random(seed)
    learned = [p for p in network.parameters() if p.requires_grad]
    groups = [{"params": [p for p in learned if p.ndim > 1]}, {"params": [p for p in learned if p.ndim < 2]}]
    optimizer = torch.optim.AdamW([groups[0] | {"weight_decay": 0.01}, groups[1] | {"weight_decay": 0.0}], lr=rate)
    warm = max(steps // 10, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(steps - step, 0) / (steps - warm + 1))
    )
    network.train()
    batches = _batches(examples, batch, order)
    for step in range(steps):
        chosen = next(batches)
        answers, weights = torch.tensor([e.answers for e in chosen]), torch.tensor([e.weight for e in chosen])
        with torch.autocast("cpu", torch.bfloat16):
            found = network(*_filled(chosen))
        loss = (binary_cross_entropy_with_logits(found.float(), answers, reduction="none") * weights).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        report(step, loss.item())


def logits(network: Network, examples: Sequence[Example], batch: int = 64) -> NDArray[np.float32]:
    """(n,) of n pairs, in full precision."""
    network.eval()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    found = np.zeros(len(examples), np.float32)
    with torch.no_grad():
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            found[chosen] = network(*_filled([examples[i] for i in chosen])).numpy()
    return found


def export(network: Network, file: Path) -> None:
    """As `reader.read` runs it: one pair, weights as 8-bit integers, of which 7 bits are used so that processors
    without VNNI do not overflow."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network.eval()
    pair = (torch.tensor([[0, 5, 2, 6, 2]]), torch.tensor([[0, 0, 0, 1, 1]]))
    whole = file.with_suffix(".float.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer exporter wants one more package
        torch.onnx.export(
            network,
            pair,
            whole,
            input_names=["ids", "sides"],
            output_names=["logit"],
            dynamic_axes={"ids": {1: "tokens"}, "sides": {1: "tokens"}},
            opset_version=17,
            dynamo=False,
        )
    kinds = ["MatMul", "Gemm", "Gather"]
    quantize_dynamic(
        whole, file, op_types_to_quantize=kinds, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
    )
    whole.unlink()


def _batches(examples: Sequence[Example], size: int, order: random.Random) -> Iterator[list[Example]]:
    """All examples in turn, again and again, in another order each time."""
    waiting: list[Example] = []
    while True:
        while len(waiting) < size * POOL:
            waiting += order.sample(examples, len(examples))
        pool, waiting = sorted(waiting[: size * POOL], key=lambda e: len(e.ids)), waiting[size * POOL :]
        parts = [pool[at : at + size] for at in range(0, len(pool), size)]
        order.shuffle(parts)
        yield from parts


def _filled(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """(batch, longest) ids, sides, and which of them are there."""
    lengths = torch.tensor([len(e.ids) for e in examples])
    ids, sides = (
        nn.utils.rnn.pad_sequence([torch.tensor(e[part]) for e in examples], batch_first=True, padding_value=filling)
        for part, filling in ((0, PADDING), (1, 1))
    )
    return ids, sides, torch.arange(ids.shape[1]) < lengths[:, None]
