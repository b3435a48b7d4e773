"""Tokenizers in formats of others: told apart by content, exact where they are ours, measured where they are not."""

from __future__ import annotations

import base64
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

import omnitok
from omnitok.corpora.parallel import bundled_parallel
from omnitok.errors import CorruptFileError, OmnitokError, VocabularyError
from omnitok.evaluation import Run, Settings, load_subject, measure_run, read_parallel_text
from omnitok.interop.formats import format_of
from omnitok.interop.tekken import SPECIAL_TOKENS_OF_OLD_FILES, from_tekken

TEXT = ["hello world, hello all", "the rain in Spain", "नमस्ते दुनिया", "straße, ½ ﬁne", "12 3456"] * 5
NO_DRAWS = Settings(draws=0)


def tekken_document(tiny: omnitok.Tokenizer, special: int = 24, room: int = 400) -> dict[str, Any]:
    """What ``tekken.json`` says of a vocabulary of ours, cut to ``room`` tokens of text."""
    ranks = sorted(tiny.ranks().items(), key=lambda entry: entry[1])
    # By custom the bytes stand in their order; nothing here needs it.
    vocab = [
        {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
        for rank, (token, _) in enumerate(ranks)
    ]
    config = {
        "pattern": tiny.regex, "num_vocab_tokens": len(vocab), "default_vocab_size": special + room,
        "default_num_special_tokens": special, "version": "v3",
    }  # fmt: skip
    return {"config": config, "vocab": vocab}


@pytest.fixture
def tekken(tiny: omnitok.Tokenizer, tmp_path: Path) -> Path:
    path = tmp_path / "tekken.json"
    path.write_text(json.dumps(tekken_document(tiny)), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def sentencepiece_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sentencepiece(tmp_path_factory.mktemp("sp"), model_type=request.param)


def write_sentencepiece(folder: Path, **options: Any) -> Path:
    """A small model, which falls back to bytes unless told otherwise."""
    sentencepiece = pytest.importorskip("sentencepiece")
    model = io.BytesIO()
    options = {"vocab_size": 330, "byte_fallback": True, "minloglevel": 2, "hard_vocab_limit": False} | options
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(TEXT), model_writer=model, **options)
    path = folder / "tokenizer.model"
    path.write_bytes(model.getvalue())
    return path


def write_huggingface(folder: Path, kind: str) -> Path:
    """A small ``tokenizer.json`` that is no byte-level BPE."""
    tokenizers = pytest.importorskip("tokenizers")
    models, trainers, pre, decoders = (
        getattr(tokenizers, name) for name in ("models", "trainers", "pre_tokenizers", "decoders")
    )
    if kind == "unigram":
        made = tokenizers.Tokenizer(models.Unigram())
        made.pre_tokenizer, made.decoder = pre.Metaspace(), decoders.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=150, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
        )
    else:
        made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
        made.pre_tokenizer, made.decoder = pre.BertPreTokenizer(), decoders.WordPiece()
        trainer = trainers.WordPieceTrainer(vocab_size=150, special_tokens=["[UNK]", "[CLS]"], show_progress=False)
    made.train_from_iterator(TEXT, trainer)
    folder.mkdir(exist_ok=True)
    path = folder / "tokenizer.json"
    made.save(str(path))
    return path


def figure(run: Run, metric: str, language: str, tokenizer: str) -> float:
    frame = run.frame
    at = (frame.metric == metric) & (frame.language == language) & (frame.tokenizer == tokenizer)
    rows = frame[at & (frame.domain == "all")]
    assert len(rows) <= 1, rows
    return float(rows.value.iloc[0]) if len(rows) else math.nan


class TestTekken:
    def test_ids_are_ranks_behind_the_special_tokens(self, tiny: omnitok.Tokenizer, tekken: Path) -> None:
        loaded = omnitok.load(tekken)
        assert loaded.name == "tekken"
        assert loaded.vocab_size == 424
        kept = [token for token, rank in tiny.ranks().items() if rank < 400]
        assert loaded.ranks() == {token: place + 24 for place, token in enumerate(kept)}
        assert [loaded.special_tokens[name] for name in ("<unk>", "<s>", "<SPECIAL_20>", "<SPECIAL_23>")] == [
            0,
            1,
            20,
            23,
        ]
        assert loaded.encode("<s>", allowed_special="all") == [1]
        for text in TEXT:
            assert loaded.decode(loaded.encode(text)) == text
            assert min(loaded.encode_ordinary(f"<s>{text}")) >= 24, "text spells no special token"

    def test_ids_are_those_of_mistral_common(self, tekken: Path, tmp_path: Path) -> None:
        module = pytest.importorskip("mistral_common.tokens.tokenizers.tekken")
        assert [one["token_str"] for one in module.Tekkenizer.DEPRECATED_SPECIAL_TOKENS] == list(
            SPECIAL_TOKENS_OF_OLD_FILES
        )
        files = [tekken, *Path(module.__file__).parents[2].glob("data/tekken*.json")]
        lines = [
            line for path in sorted(bundled_parallel().glob("*.txt")) for line in path.read_text("utf-8").split("\n")
        ]
        for file in files:
            theirs, ours = module.Tekkenizer.from_file(file), omnitok.load(file)
            assert ours.vocab_size == theirs.n_words
            for name, number in ours.special_tokens.items():
                assert theirs.get_special_token(name) == number
            for line in [*lines[::7], *TEXT, "  \n\n a", "<s>[INST]"]:
                assert ours.encode_ordinary(line) == theirs.encode(line, bos=False, eos=False)

    def test_ids_are_those_of_tiktoken_behind_the_special_tokens(self, tekken: Path) -> None:
        tiktoken = pytest.importorskip("tiktoken")
        document = json.loads(tekken.read_text(encoding="utf-8"))
        ranks = {base64.b64decode(one["token_bytes"]): one["rank"] for one in document["vocab"][:400]}
        theirs = tiktoken.Encoding("t", pat_str=document["config"]["pattern"], mergeable_ranks=ranks, special_tokens={})
        for text in [*TEXT, "  \n\n a", "<s>[INST]"]:
            assert omnitok.load(tekken).encode_ordinary(text) == [one + 24 for one in theirs.encode_ordinary(text)]

    def test_named_special_tokens(self, tiny: omnitok.Tokenizer, tmp_path: Path) -> None:
        document = tekken_document(tiny, special=3)
        document["special_tokens"] = [{"rank": 0, "token_str": "<unk>", "is_control": True}]
        (tmp_path / "t.json").write_text(json.dumps(document), encoding="utf-8")
        assert omnitok.load(tmp_path / "t.json").special_tokens == {"<unk>": 0, "<SPECIAL_1>": 1, "<SPECIAL_2>": 2}

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda d: d.pop("config"), "has no config and vocab"),
            (lambda d: d.update(vocab={}), "has no config and vocab"),
            (lambda d: d["config"].update(default_vocab_size=9999), "is 9999, but there are 24 special"),
            (lambda d: d["config"].update(default_vocab_size="x"), "default_vocab_size is 'x'"),
            (lambda d: d["config"].update(default_num_special_tokens=True), "default_num_special_tokens is True"),
            (lambda d: d["config"].update(pattern=None), r"config\.pattern is None"),
            (lambda d: d["vocab"][7].update(rank=9), r"vocab\[7\]\.rank is 9; expected 7"),
            (lambda d: d["vocab"].__setitem__(3, 4), r"vocab\[3\]\.rank is None"),
            (lambda d: d["vocab"][7].update(token_bytes="?"), r"vocab\[7\]\.token_bytes is '\?', no base64"),
            (lambda d: d["vocab"][7].update(token_bytes=d["vocab"][6]["token_bytes"]), r"vocab\[7\] is b.*keep one"),
            (lambda d: d.update(special_tokens=[{"rank": 1, "token_str": "a"}]), r"special_tokens\[0\]\.rank is 1"),
            (lambda d: d.update(special_tokens=[{"rank": 0}]), r"special_tokens\[0\]\.token_str is None"),
            (lambda d: d.update(special_tokens=[{"rank": i, "token_str": "a"} for i in (0, 1)]), "as another one is"),
            (lambda d: d.update(special_tokens=[{"rank": 0, "token_str": "<SPECIAL_9>"}]), "as one that has no name"),
            (lambda d: d.update(special_tokens=[0] * 99), "must be a list of at most"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, tiny: omnitok.Tokenizer, tmp_path: Path, change: Any, message: str) -> None:
        document = tekken_document(tiny)
        change(document)
        (tmp_path / "tekken.json").write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(CorruptFileError, match=message):
            from_tekken(tmp_path / "tekken.json")

    def test_what_is_no_json(self, tmp_path: Path) -> None:
        (tmp_path / "tekken.json").write_text('{"token_bytes": "', encoding="utf-8")
        with pytest.raises(CorruptFileError, match="is not JSON"):
            omnitok.load(tmp_path / "tekken.json")


class TestSentencePiece:
    def test_ids_are_those_of_the_package(self, sentencepiece_model: Path) -> None:
        import sentencepiece

        subject = load_subject(sentencepiece_model, name="sp")
        theirs = sentencepiece.SentencePieceProcessor(model_file=str(sentencepiece_model))
        assert (subject.name, subject.vocab_size) == ("sp", theirs.vocab_size())
        for text in TEXT:
            assert subject.encode_ordinary(text) == theirs.encode(text)

    def test_normalization_is_lossy_and_the_gate_says_so(self, sentencepiece_model: Path) -> None:
        text = read_parallel_text({"en": ["hello world", "½ ﬁne"], "hi": ["नमस्ते दुनिया", "दुनिया"]})
        subject = load_subject(sentencepiece_model)
        assert subject.name == sentencepiece_model.parent.name
        run = measure_run([subject], text, settings=NO_DRAWS)
        assert figure(run, "round_trip", "hi", subject.name) == 1
        assert figure(run, "round_trip", "en", subject.name) == 0.5
        assert math.isnan(figure(run, "rank", "all", subject.name))

    def test_words_are_measured_in_spite_of_the_space_before_the_text(self, sentencepiece_model: Path) -> None:
        text = read_parallel_text({"en": ["hello world", "hello hello"]})
        subject = load_subject(sentencepiece_model, name="sp")
        run = measure_run([subject], text, settings=NO_DRAWS)
        pieces = [len(subject.encode_ordinary(word)) for word in ("hello", "world", "hello", "hello")]
        assert figure(run, "continued_words", "en", "sp") == sum(count > 1 for count in pieces) / 4
        assert figure(run, "retention", "en", "sp") == pieces.count(1) / 4
        assert run.unknown == [
            "sp: puts a space before every text, so which of its tokens are unreachable is not known"
        ]
        assert math.isnan(figure(run, "unreachable", "all", "sp"))
        assert figure(run, "undecodable_prefix", "all", "sp") > 0, "bytes to fall back to are parts of characters"

    def test_what_is_unknown_to_the_model_is_lost(self, tmp_path: Path) -> None:
        subject = load_subject(write_sentencepiece(tmp_path, byte_fallback=False, vocab_size=70), name="sp")
        run = measure_run(
            [subject], read_parallel_text({"en": ["hello", "world"], "zh": ["你好", "世界"]}), settings=NO_DRAWS
        )
        assert figure(run, "round_trip", "zh", "sp") == 0
        assert any("its tokens do not spell every line in zh" in line for line in run.unknown)

    def test_a_damaged_model_is_refused(self, sentencepiece_model: Path, tmp_path: Path) -> None:
        (tmp_path / "cut.model").write_bytes(sentencepiece_model.read_bytes()[:200])
        with pytest.raises(CorruptFileError, match=r"cut\.model is no SentencePiece model"):
            load_subject(tmp_path / "cut.model")

    def test_omnitok_load_says_who_takes_it(self, sentencepiece_model: Path) -> None:
        with pytest.raises(VocabularyError, match="omnitok evaluate, omnitok report"):
            omnitok.load(sentencepiece_model)

    def test_a_processor_is_taken_too(self, sentencepiece_model: Path) -> None:
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor(model_file=str(sentencepiece_model))
        assert load_subject(processor, name="a").digest == load_subject(sentencepiece_model, name="b").digest  # type: ignore[attr-defined]


class TestHuggingFace:
    @pytest.mark.parametrize("kind", ["unigram", "wordpiece"])
    def test_what_is_no_byte_level_bpe_is_measured_through_the_library(self, tmp_path: Path, kind: str) -> None:
        import tokenizers

        path = write_huggingface(tmp_path / kind, kind)
        with pytest.raises(VocabularyError, match=r"model\.type"):
            omnitok.load(path)
        subject, theirs = load_subject(path), tokenizers.Tokenizer.from_file(str(path))
        assert (subject.name, subject.vocab_size) == (kind, theirs.get_vocab_size())
        for text in TEXT:
            assert subject.encode_ordinary(text) == theirs.encode(text, add_special_tokens=False).ids
        run = measure_run([subject], read_parallel_text({"en": TEXT[:2], "hi": [TEXT[2], TEXT[2]]}), settings=NO_DRAWS)
        tokens = sum(len(theirs.encode(text, add_special_tokens=False).ids) for text in TEXT[:2])
        assert figure(run, "tokens", "en", kind) == tokens
        (record,) = run.record["tokenizers"]
        assert record["library"].startswith("tokenizers 0.")
        assert len(run.unknown) >= 1

    def test_special_tokens_in_text_are_text(self, tmp_path: Path) -> None:
        subject = load_subject(write_huggingface(tmp_path, "wordpiece"))
        assert subject.special_tokens == {"[UNK]": 0, "[CLS]": 1}  # type: ignore[attr-defined]
        assert 1 not in subject.encode_ordinary("[CLS]")

    def test_byte_level_bpe_that_we_refuse_tells_its_bytes(self, tmp_path: Path) -> None:
        tokenizers = pytest.importorskip("tokenizers")
        made = tokenizers.Tokenizer(tokenizers.models.BPE())
        made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True)
        made.decoder = tokenizers.decoders.ByteLevel()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=300, initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        )
        made.train_from_iterator(TEXT, trainer)
        subject = load_subject(made, name="prefixed")
        assert subject.adds_space  # type: ignore[attr-defined]
        run = measure_run([subject], read_parallel_text({"en": TEXT[:2]}), settings=NO_DRAWS)
        assert not math.isnan(figure(run, "retention", "en", "prefixed"))

    def test_our_own_where_the_ids_are_the_same(self, tiny: omnitok.Tokenizer, tmp_path: Path) -> None:
        from omnitok.interop.huggingface_export import tokenizer_json

        (tmp_path / "tokenizer.json").write_bytes(tokenizer_json(tiny))
        assert isinstance(load_subject(tmp_path), omnitok.Tokenizer)

    def test_a_panic_costs_that_language_only(self, tmp_path: Path) -> None:
        subject = load_subject(write_huggingface(tmp_path, "unigram"), name="panics")
        panic = type("PanicException", (BaseException,), {})
        encode = subject.encode_batch  # type: ignore[attr-defined]

        def fail(texts: list[str], **options: Any) -> Any:
            if "Hallo" in texts:
                raise panic("index out of bounds")
            return encode(texts, **options)

        subject.encode_batch = fail  # type: ignore[attr-defined]
        run = measure_run([subject], read_parallel_text({"en": ["hello"], "de": ["Hallo"]}), settings=NO_DRAWS)
        assert run.problems == ["panics failed on de: PanicException: index out of bounds"]
        assert figure(run, "tokens", "en", "panics") > 0


class TestReport:
    def test_a_page_shows_where_their_tokens_end(self, sentencepiece_model: Path, tmp_path: Path) -> None:
        from omnitok.report import write_report
        from omnitok.report.pieces import pieces_of

        subject = load_subject(sentencepiece_model, name="sp")
        pieces = pieces_of(subject, "hello world")
        assert pieces is not None
        assert "".join(piece.text for piece in pieces) == "hello world"
        assert [one for piece in pieces for one in piece.ids] == subject.encode_ordinary("hello world")
        assert pieces_of(subject, "½ ﬁne") is None, "it is normalized away"
        words = load_subject(write_huggingface(tmp_path / "wordpiece", "wordpiece"))
        text = {"en": ["hello world", "½ ﬁne"], "zh": ["你好", "世界"]}
        folder = write_report([subject, words], parallel=text, out=tmp_path / "report", settings=NO_DRAWS)
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert "puts a space before every text" in page
        assert "wordpiece: does not tell the bytes of its tokens" in page

    def test_what_is_unknown_has_no_pieces(self, tmp_path: Path) -> None:
        from omnitok.report.pieces import pieces_of

        subject = load_subject(write_sentencepiece(tmp_path, byte_fallback=False, vocab_size=70))
        assert pieces_of(subject, "你好") is None


class TestObjects:
    def test_anything_with_encode_and_decode(self) -> None:
        class Characters:
            name, vocab_size = "characters", 0x110000

            def encode(self, text: str) -> list[int]:
                return list(map(ord, text))

            def decode(self, ids: list[int]) -> str:
                return "".join(map(chr, ids))

        subject = load_subject(Characters(), name="chars")
        assert subject.name == "chars"
        run = measure_run([subject], read_parallel_text({"en": ["abc"]}), settings=NO_DRAWS)
        assert figure(run, "tokens", "en", "chars") == 3

    def test_what_an_object_lacks_is_named(self) -> None:
        with pytest.raises(TypeError, match="a list has no encode"):
            load_subject([])
        nameless = type("Nameless", (), {"encode": list, "decode": str})
        with pytest.raises(TypeError, match="a Nameless does not say its name"):
            load_subject(nameless())
        with pytest.raises(TypeError, match="a Nameless does not say its vocab_size"):
            load_subject(nameless(), name="a")


class TestFormats:
    def test_files_are_told_apart_by_what_they_hold(
        self, tiny: omnitok.Tokenizer, tekken: Path, tmp_path: Path
    ) -> None:
        from omnitok.interop.tiktoken import write_rank_file

        write_rank_file(tiny, tmp_path / "ranks.tiktoken")
        renamed = {"ranks": "ranks.bin", "tekken": "t.bin", "tokenizer.json": "h.bin", "sentencepiece": "s.bin"}
        (tmp_path / renamed["ranks"]).write_bytes((tmp_path / "ranks.tiktoken").read_bytes())
        (tmp_path / renamed["tekken"]).write_bytes(tekken.read_bytes())
        (tmp_path / renamed["tokenizer.json"]).write_bytes(write_huggingface(tmp_path / "hf", "unigram").read_bytes())
        (tmp_path / renamed["sentencepiece"]).write_bytes(write_sentencepiece(tmp_path).read_bytes())
        assert {name: format_of(tmp_path / file) for name, file in renamed.items()} == {name: name for name in renamed}
        assert omnitok.load(tmp_path / "ranks.bin", tiny.pattern).ranks() == tiny.ranks()
        assert omnitok.load(tmp_path / "t.bin").vocab_size == 424

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "it is empty"),
            (b"just text\n", "of another format"),
            (b"\xfd7zXZ\x00", "packed with xz; unpack it first"),
            (b"\x1f\x8b\x08", "packed with gzip"),
            (b"\x28\xb5\x2f\xfd\x00", "packed with zstandard"),
            (b"GGUF\x03", "it is a GGUF model"),
            (b"\x0a\x80", "of another format"),
        ],
    )
    def test_what_is_none_says_what_it_is(self, tmp_path: Path, content: bytes, message: str) -> None:
        (tmp_path / "file").write_bytes(content)
        for load in (omnitok.load, load_subject):
            with pytest.raises(VocabularyError, match=message):
                load(tmp_path / "file")

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        for load in (omnitok.load, load_subject):
            with pytest.raises(VocabularyError, match="no file or folder"):
                load(tmp_path / "nowhere.model")
            with pytest.raises(VocabularyError, match=r"holds no manifest\.json, tokenizer\.json, tekken\.json"):
                load(tmp_path)

    def test_a_missing_package_is_named(self, sentencepiece_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "sentencepiece", None)
        with pytest.raises(OmnitokError, match=r"pip install 'omnitok\[sentencepiece\]'"):
            load_subject(sentencepiece_model)
