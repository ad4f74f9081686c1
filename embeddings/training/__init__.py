"""The parts of `embeddings.train`; nothing here is needed to use a model."""
