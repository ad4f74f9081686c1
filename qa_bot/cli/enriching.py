"""`ingest --enrich`: settings, model and progress around `qa_bot.enriching`."""

from __future__ import annotations

from qa_bot.errors import UsageError
from qa_bot.types import Speech


def enrich_speech(speech: Speech) -> str:
    """Have the configured model write what is lacking, and say in one line what came of it.

    Raises:
        UsageError: no model is configured, or generated passages are not wanted.
        ModelError, EnrichmentError, PromptError: see `Enricher.write`.
    """
    from embeddings.encoder import SHIPPED, StaticEncoder
    from qa_bot.enriching import Enricher
    from qa_bot.enrichment import enrichment_file, home_file
    from qa_bot.llm import open_model
    from qa_bot.prompting import load_prompts
    from qa_bot.settings import load_settings
    from qa_bot.terminal import progress

    settings = load_settings()
    if not settings.enrich:
        raise UsageError("--enrich writes what QA_BOT_ENRICH=off leaves out; give one of them")
    if enrichment_file(speech, settings.home) not in (None, home_file(speech, settings.home)):
        return "generated passages of this speech are shipped; nothing was written"
    if settings.llm is None:
        raise UsageError("--enrich needs a chat model; name one in QA_BOT_LLM")
    model = open_model(settings.llm)
    enricher = Enricher(speech, model, load_prompts(), StaticEncoder(SHIPPED), settings.llm.max_tokens)
    with progress("sentences") as advance:
        done = enricher.write(settings.home, advance)
    lacking = f"; nothing usable for {', '.join(done.lacking)}" * bool(done.lacking)
    left_out = f"; {done.left_out} texts did not hold against their sentences and were left out" * bool(done.left_out)
    return (
        f"{done.sentences} sentences have generated passages, {done.asked} of them written now by {model.name} "
        f"at {model.where}{left_out}{lacking}"
    )
