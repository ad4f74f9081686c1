"""The transformer that the reader and the finder share (BERT's, Devlin et al. 2019), how it learns, and its form for
onnxruntime."""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from embeddings.training.reader.start import Start

PADDING, EPSILON, DROPPED = 1, 1e-12, 0.1
OFF = 1.1
"""By what the largest weight of each row, which sets the row's scale, is stretched before rounding. What a network has
learned since its weights were last rounded is mostly less than half a step: on the same grid it would all be lost."""


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


class Transformer(nn.Module):
    """The first layers of a start; its table of words learns no more."""

    def __init__(self, start: Start, layers: int) -> None:
        super().__init__()
        words, self.width = start.tensors["emb.word"].shape
        inner = len(start.tensors["l0.fi.b"])
        self.word = nn.Embedding(words, self.width, _freeze=True)
        self.pos, self.side = (nn.Embedding(len(start.tensors[f"emb.{name}"]), self.width) for name in ("pos", "type"))
        self.ln = nn.LayerNorm(self.width, EPSILON)
        self.layers = nn.ModuleList(Layer(self.width, start.heads, inner) for _ in range(layers))
        self.drop = nn.Dropout(DROPPED)
        state = self.state_dict()
        named = {_own(name): torch.from_numpy(values) for name, values in start.tensors.items()}
        self.load_state_dict(state | {name: named[name].reshape(state[name].shape) for name in state if name in named})

    def forward(self, ids: Tensor, sides: Tensor, there: Tensor | None = None) -> Tensor:
        """(batch, tokens, width) of (batch, tokens) ids; `there` is false where a shorter text was filled up.

        Products are taken in bfloat16 while it learns.
        """
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            x = self.ln(self.word(ids) + self.pos.weight[: ids.shape[1]] + self.side(sides))
            for layer in self.layers:
                x = layer(self.drop(x), None if there is None else there[:, None, None, :])
        return x.float()  # type: ignore[no-any-return]


def _own(name: str) -> str:
    """`l0.q.w` → `layers.0.q.weight`, `emb.word` → `word.weight`."""
    name = re.sub(r"^l(\d+)\.", r"layers.\1.", name).removeprefix("emb.").replace("type", "side")
    return name[:-1] + "bias" if name.endswith(".b") else name.removesuffix(".w") + ".weight"


def filled(rows: Sequence[Sequence[int]], filling: int = PADDING) -> tuple[Tensor, Tensor]:
    """(rows, longest), the shorter ones filled up, and where they are not."""
    lengths = torch.tensor([len(row) for row in rows])
    table = nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=filling)
    return table, torch.arange(table.shape[1]) < lengths[:, None]


def learn(
    network: nn.Module, loss: Callable[[], Tensor], steps: int, rate: float, report: Callable[[int, float], None]
) -> None:
    """AdamW on what `loss` makes of the next batch; the rate rises over a tenth of the steps and falls to 0."""
    learned = [p for p in network.parameters() if p.requires_grad]
    groups = [{"params": [p for p in learned if p.ndim > 1]}, {"params": [p for p in learned if p.ndim < 2]}]
    optimizer = torch.optim.AdamW([groups[0] | {"weight_decay": 0.01}, groups[1] | {"weight_decay": 0.0}], lr=rate)
    warm = max(steps // 10, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(steps - step, 0) / (steps - warm + 1))
    )
    network.train()
    for step in range(steps):
        value = loss()
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        report(step, value.item())


def export(network: nn.Module, inputs: dict[str, Tensor], output: str, file: Path) -> None:
    """For onnxruntime: inputs of shape (1, tokens), weights as 8-bit integers, of which 7 bits are used so that
    processors without VNNI do not overflow. What learned on from such weights is put on another grid (`OFF`)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network = copy.deepcopy(network).eval()
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, nn.Linear):
                part.weight.scatter_reduce_(
                    1, part.weight.abs().argmax(1, keepdim=True), torch.tensor(OFF).expand(len(part.weight), 1), "prod"
                )
    whole = file.with_suffix(".float.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer exporter wants one more package
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            whole,
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={name: {1: "tokens"} for name in inputs},
            opset_version=17,
            dynamo=False,
        )
    kinds = ["MatMul", "Gemm", "Gather"]
    quantize_dynamic(
        whole, file, op_types_to_quantize=kinds, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
    )
    whole.unlink()
