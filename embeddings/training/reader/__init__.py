"""How the reader was made: its start, what it learns from, the network, and its form for onnxruntime."""
