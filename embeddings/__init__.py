"""Text → vectors: the Encoder protocol, two encoders, and how the shipped one was made. Knows nothing of `qa_bot`."""
