"""One function a command, heavy imports inside them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qa_bot.cli.streams import Commands
from qa_bot.errors import SpeechError, UsageError

if TYPE_CHECKING:
    from qa_bot.bot import Bot
    from qa_bot.types import Speech


app = typer.Typer(
    cls=Commands,
    name="qa_bot",
    help="Ask what a Chinese speech said about something, and where. Answers cite the paragraph and quote it word for "
    "word, or say that the speech does not say it. No key, no server and no download is needed.",
    epilog='Try: python -m qa_bot ask "全年新增高新技术企业多少家？"',
    context_settings={"help_option_names": ["--help", "-h"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if sys.stdout and sys.stdout.isatty() else None,
)

SpeechOption = Annotated[
    Path | None,
    typer.Option(
        "--speech",
        metavar="FILE",
        help="The speech: text, .md, .html, .docx or .pdf; by default what QA_BOT_SPEECH names.",
    ),
]
EncodingOption = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="The file's encoding, where the guess is wrong: gb18030, big5, …"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in Chinese or English.", show_default=False)],
    as_json: JsonOption = False,
    speech: SpeechOption = None,
    history: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION", help="An earlier question of the same conversation; repeat it, oldest first."),
    ] = None,
    encoding: EncodingOption = None,
) -> None:
    """Ask one question.

    The answer is made of the speech's own sentences; 〔12.3〕 is the third sentence of paragraph 12. A refusal is an
    answer too: it says what is missing, and what is near.
    """
    read = _read(speech, encoding)
    from qa_bot.bot import check_question

    for one in (question, *(history or ())):
        check_question(one)
    with _open(read) as bot:
        answer = bot.ask(question, history or ())
    if as_json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
    else:
        from qa_bot.terminal import show_answer

        show_answer(answer)


@app.command()
def chat(speech: SpeechOption = None, encoding: EncodingOption = None) -> None:
    """Talk with the speech, follow-ups included.

    Lines can be edited, and the arrow keys bring earlier ones back. /new begins a new conversation; /quit or Ctrl-D
    leaves. From a pipe: one question a line.
    """
    from qa_bot.terminal import converse

    with _open(_read(speech, encoding)) as bot:
        code = converse(bot, bot.settings.home)
    raise typer.Exit(code)


@app.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="The speech; --speech is the same.", show_default=False)] = None,
    plain: Annotated[bool, typer.Option("--plain", help="The cleaned text, which quotes are copied from.")] = False,
    stripped: Annotated[
        bool, typer.Option("--stripped", help="Every line that was taken out: its number, why, the line.")
    ] = False,
    outline: Annotated[bool, typer.Option("--outline", help="Headings and topic sentences.")] = False,
    as_json: JsonOption = False,
    speech: SpeechOption = None,
    encoding: EncodingOption = None,
) -> None:
    """Show how a speech was read.

    Without an option: the title, what the page said of itself, headings, and the numbered paragraphs.
    """
    if plain + stripped + outline + as_json > 1:
        raise UsageError("--plain, --stripped, --outline and --json exclude each other; give one")
    if file and speech:
        raise UsageError("two speeches are named; give FILE or --speech")
    read = _read(file or speech, encoding)
    if plain:
        sys.stdout.write(read.text)
        return
    from qa_bot import terminal

    views = ((stripped, terminal.stripped), (outline, terminal.outline), (as_json, terminal.as_json))
    view = next((view for wanted, view in views if wanted), terminal.reading)
    if text := view(read):
        terminal.put(text)


@app.command()
def ingest(
    file: Annotated[Path, typer.Argument(help="The speech to read and index.", show_default=False)],
    enrich: Annotated[
        bool,
        typer.Option("--enrich", help="First have the chat model (QA_BOT_LLM) write other words for each sentence."),
    ] = False,
    encoding: EncodingOption = None,
) -> None:
    """Read a speech and build its index.

    Any command does so where it is needed; afterwards the first question need not wait. The index is kept under
    QA_BOT_HOME, or on the server that QA_BOT_CHROMA names.

    What --enrich writes is searched and never quoted. The model is sent the whole speech, a few sentences at a time; a
    run that was interrupted goes on where it was.
    """
    read = _read(file, encoding)
    if enrich:
        from qa_bot.cli.enriching import enrich_speech

        typer.echo(enrich_speech(read), err=True)
    with _open(read) as bot:
        bodies = sum(p.kind == "body" for p in read.paragraphs)
        state = "built" if bot.index.built else "was ready"
        print(f"{read.title or file.name}: {bodies} paragraphs, {len(bot.index.passages)} passages; index {state}")
        generated = str(bot.enrichment)
    taken = f"{len(read.stripped)} lines of page furniture taken out (show --stripped lists them)"
    typer.echo(f"read as {read.encoding}; {taken}; {generated}", err=True)


@app.command("eval")
def evaluate(
    questions: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Questions, JSON Lines; docs/questions.md says how.", show_default=False),
    ],
    speech: SpeechOption = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write each answer here, as a line of JSON.")] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write report.html, report.md, scorecard.json and answers.jsonl here."),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="EARLIER", help="Compare with an earlier run: its --report folder, or its --out file."),
    ] = None,
    fail_under: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Leave with 3 if less than this share (0 to 1) is right.")
    ] = None,
    half: Annotated[Literal["dev", "report"] | None, typer.Option(help="Ask only this half of the questions.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="With a model: how many questions are asked at once.")] = 1,
    encoding: EncodingOption = None,
) -> None:
    """Answer a file of questions, and judge the answers.

    Prints a table by type of question with 95 % intervals, and every failure: what was expected, and what came. What
    a model answered is kept under QA_BOT_HOME: a run that broke off goes on where it was, and is not paid for twice.

    The report also shows what another threshold would have refused, at which place the right sentence was retrieved,
    and the sentences behind each failure. --compare pairs the questions of two runs by id.
    """
    from qa_bot import evaluation
    from qa_bot.cli.asking import ask_all, earlier_run, reported
    from qa_bot.cli.files import check_folder, whole_file
    from qa_bot.evaluation.attribution import attribution
    from qa_bot.evaluation.modelled import model_lines
    from qa_bot.report import write_report
    from qa_bot.settings import load_settings
    from qa_bot.terminal import show_scorecard

    if fail_under is not None and not 0 <= fail_under <= 1:
        raise UsageError(f"--fail-under is {fail_under}; write a share from 0 to 1")
    sources = (questions, speech or load_settings().speech)
    if out and out.resolve() in [source.resolve() for source in sources]:
        raise UsageError(f"--out {out} would replace what the answers are made from; name another file")
    read = _read(speech, encoding)
    chosen = [q for q in evaluation.load_questions(questions, read) if half in (None, q.half)]
    if not chosen:
        raise UsageError(f"no question of {questions} is in the half {half!r}; leave --half out")
    earlier = earlier_run(compare, chosen) if compare else None
    with ExitStack() as stack:
        lines = stack.enter_context(whole_file(out, "--out")) if out else None
        if report:
            check_folder(report, "--report")
        bot = stack.enter_context(_open(read))
        card, answers = ask_all(bot, chosen, lines, jobs)
        told = bot.settings.llm
        comparison = evaluation.compare(card, *earlier, read) if earlier else None
        counted = attribution(answers, chosen, read, bot.quoter.vectors) if told else None
        spent = model_lines(answers, counted, told.price) if told and counted else []
        made = reported(bot, card, answers, comparison, questions.name, spent) if report else None
    show_scorecard(card, comparison)
    if spent:
        print("\n" + "\n".join(spent))
    if report and made:
        write_report(made, report)
    if fail_under is not None and card.overall.rate < fail_under:
        typer.echo(f"qa_bot: {card.overall.rate:.3f} is right, less than {fail_under}", err=True)
        raise typer.Exit(3)


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(help="An answer (--json), a list of them, or one a line.", show_default=False)
    ],
    speech: SpeechOption = None,
    encoding: EncodingOption = None,
) -> None:
    """Prove an exported answer again, from scratch.

    Every quote is held against the speech, every marker, number and name of the text against the quotes. Prints what
    does not hold, and then leaves with 3. Answers of other systems in the same form are taken too.
    """
    from embeddings.encoder import SHIPPED, StaticEncoder
    from qa_bot.cli.files import read_answers
    from qa_bot.proof import Prover
    from qa_bot.proof.verify import verify as faults_of

    answers = read_answers(file)
    prover = Prover(_read(speech, encoding), StaticEncoder(SHIPPED))
    faults = [(i, fault) for i, answer in enumerate(answers, 1) for fault in faults_of(answer, prover)]
    for i, fault in faults:
        print(fault if len(answers) == 1 else f"answer {i}: {fault}")
    if faults:
        raise typer.Exit(3)
    typer.echo(f"everything holds: {len(answers)} answer{'s' * (len(answers) != 1)}", err=True)


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="An answer (--json), a list of them, or one a line.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where to: .md, .docx, .html or .json.", show_default=False)
    ],
    lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="The document's language.")] = None,
    speech: SpeechOption = None,
    encoding: EncodingOption = None,
) -> None:
    """Make a document of exported answers.

    Markdown, Word, a page to print, or JSON that names its speech: what the ending of --out says. Every quotation is
    compared with the speech, and one that differs is marked.
    """
    from qa_bot.cli.taking import check_format, export_answers
    from qa_bot.settings import load_settings

    check_format(out)
    export_answers(file, out, _read(speech, encoding), lang or load_settings().lang)


@app.command()
def ratings(speech: SpeechOption = None, encoding: EncodingOption = None) -> None:
    """Print the page's thumbs up and down as questions for eval.

    Those about one speech, one a line, with the reason in `note`. Nobody has checked them: each is a guess to be
    reviewed.
    """
    from qa_bot.settings import load_settings
    from qa_bot.store import open_store

    for line in open_store(load_settings()).ratings_as_questions(_read(speech, encoding).sha256):
        print(line)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The page's port.")] = 8501,
    host: Annotated[
        str, typer.Option(help="The address to listen at; with others than 127.0.0.1 the network can read the page.")
    ] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="Open the page in a browser, where there is a screen.")] = True,
    speech: SpeechOption = None,
) -> None:
    """Open the page in a browser: a chat beside the speech.

    Ctrl-C ends it.
    """
    from qa_bot.cli.page import check_server, run_page

    check_server(host, port)
    read = _read(speech, None)
    with _open(read) as bot:
        source = speech or bot.settings.speech
    run_page(source, host, port, browser=browser)


@app.command()
def doctor() -> None:
    """Say what would fail, and how to mend it.

    Looks at packages, settings, speech, encoder and index, and asks the chat model, where one is chosen, for one word;
    builds and changes nothing. Leaves with 1 if something would fail.
    """
    from qa_bot.doctor import examine

    checks = examine()
    for check in checks:
        sign = typer.style("ok  ", fg="green") if check.ok else typer.style("FAIL", fg="red", bold=True)
        typer.echo(f"{sign}  {check.what}: {check.found}" + (f"\n      → {check.mend}" if check.mend else ""))
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _read(speech: Path | None, encoding: str | None) -> Speech:
    from qa_bot.settings import load_settings
    from qa_bot.speech import read_speech

    settings = load_settings()
    try:
        return read_speech(speech or settings.speech, encoding=encoding, max_bytes=settings.max_bytes)
    except SpeechError as error:
        if speech:
            raise
        raise SpeechError(f"QA_BOT_SPEECH: {error}") from error


@contextmanager
def _open(speech: Speech) -> Iterator[Bot]:
    """A bot whose index is ready, with a bar on standard error while it is made so."""
    from qa_bot.bot import Bot
    from qa_bot.settings import load_settings
    from qa_bot.terminal import progress

    with progress("index") as advance:
        bot = Bot(speech, load_settings(), progress=advance)
    with closing(bot):
        yield bot
