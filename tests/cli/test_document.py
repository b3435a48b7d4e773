"""``omnitok encode --text --image --audio`` and ``omnitok decode --out``: documents to ids, and to files again."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import omnitok
from omnitok import codecs
from omnitok.builder import VocabBuilder
from omnitok.codecs.files import read_images, read_sounds, write_image, write_sound
from omnitok.segments import Audio, Image, Special, Text

from .conftest import Invoke, Run

pytest.importorskip("safetensors")

DRAWS = np.random.default_rng(3)


@pytest.fixture(scope="module")
def place(vocabulary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a vocabulary, the codec of a second block of images beside it, and signals."""
    place = tmp_path_factory.mktemp("documents")
    pixels = DRAWS.integers(0, 256, (4, 8, 12), dtype=np.uint8)
    samples = 0.3 * np.sin(np.cumsum(DRAWS.uniform(0.05, 0.5, (3, 4000)), axis=1))
    image = codecs.train_image(pixels, codebook_sizes=[8], patch=4)
    speech = codecs.train_speech([(one, 8000) for one in samples], codebook_sizes=[8, 8], rate="25/2")
    builder = VocabBuilder("small").text(omnitok.load(vocabulary)).codec("image", image)
    builder.size_tokens("h", range(1, 9)).size_tokens("w", range(1, 9)).special(["<|user|>"])
    one = builder.codec("audio", speech, delays=[0, 1]).voices(["tara"]).build()
    one.save(place / "one", codecs={"image": image, "audio": speech})
    two = one.extend().codec("tile", image, grid=(2, 3)).build()
    two.save(place / "two", codecs={"image": image, "audio": speech})
    image.save(place / "tile.safetensors")
    write_image(place / "cat.png", pixels[0])
    write_image(place / "ragged.png", pixels[0, :7])
    write_sound(place / "hello.wav", samples[0], 8000)
    return place


def test_a_document_is_in_the_order_of_the_command_line(run: Run, place: Path) -> None:
    arguments = ["--audio", place / "hello.wav", "--text", "one", "--special", "<|user|>", "--image", place / "cat.png"]
    arguments += ["--text", "two", "--voice", "tara", "--audio", place / "hello.wav"]
    omni = codecs.load_omni(place / "one")
    sound = Audio(samples=place / "hello.wav")
    document = [sound, Text("one"), Special("<|user|>"), Image(pixels=place / "cat.png"), Text("two")]
    expected = omni.encode([*document, Audio(samples=place / "hello.wav", voice="tara")])
    ids = run("encode", "-t", place / "one", *arguments)
    assert (ids.returncode, ids.stderr) == (0, b"")
    assert ids.stdout.decode() == " ".join(map(str, expected.ids.tolist())) + "\n"
    columns = json.loads(run("encode", "-t", place / "one", *arguments, "--json").stdout)
    assert columns == {name: column.tolist() for name, column in vars(expected).items()}
    arrays = np.load(io.BytesIO(run("encode", "-t", place / "one", *arguments, "--format", "numpy").stdout))
    assert all(np.array_equal(arrays[name], column) for name, column in vars(expected).items())


def test_ids_become_files(invoke: Invoke, place: Path, tmp_path: Path) -> None:
    arguments = ["--text", "नमस्ते\r\n", "--image", place / "cat.png", "--special", "<|user|>", "--voice", "tara"]
    ids = invoke("encode", "-t", place / "one", *arguments, "--audio", place / "hello.wav").stdout
    result = invoke("decode", "-t", place / "one", "--out", tmp_path / "out", stdin=ids)
    assert (result.exit_code, result.stdout) == (0, "")
    listed = json.loads((tmp_path / "out" / "document.json").read_text(encoding="utf-8"))["segments"]
    assert listed == [
        {"kind": "text", "file": "000-text.txt"},
        {"kind": "image", "block": "image", "file": "001-image.png"},
        {"kind": "special", "name": "<|user|>"},
        {"kind": "audio", "block": "audio", "voice": "tara", "file": "003-audio.wav"},
    ]
    assert (tmp_path / "out" / "000-text.txt").read_bytes() == "नमस्ते\r\n".encode()
    image = codecs.load_codec(place / "tile.safetensors")
    (before,), (after,) = (
        read_images([path], channels=1) for path in (place / "cat.png", tmp_path / "out/001-image.png")
    )
    assert np.array_equal(image.decode(image.encode(before)), after)
    ((samples, rate),) = read_sounds([tmp_path / "out" / "003-audio.wav"])
    assert (rate, len(samples)) == (8000, 4480)
    again = invoke("decode", "-t", place / "one", "--out", tmp_path / "out", stdin=ids)
    assert (again.exit_code, again.stderr.splitlines()[1]) == (1, "hint: --force replaces it")
    assert invoke("decode", "-t", place / "one", "--out", tmp_path / "out", "--force", stdin=ids).exit_code == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    kept = invoke("decode", "-t", place / "one", "--out", tmp_path / "mine", "--force", stdin=ids)
    assert "exists and is not a document (no document.json in it)" in kept.stderr
    assert (tmp_path / "mine" / "file").read_text() == "mine"


def test_damaged_ids_leave_no_folder_unless_lenient(invoke: Invoke, place: Path, tmp_path: Path) -> None:
    ids = invoke("encode", "-t", place / "one", "--text", "a", "--image", place / "cat.png").stdout.split()
    cut = " ".join(ids[:-1])
    result = invoke("decode", "-t", place / "one", "--out", tmp_path / "out", stdin=cut)
    assert result.exit_code == 1
    assert f"error: stdin: position {len(ids) - 1}: the sequence ends inside an image" in result.stderr
    assert not (tmp_path / "out").exists()
    assert invoke("decode", "-t", place / "one", "--out", tmp_path / "out", "--lenient", stdin=cut).exit_code == 0
    listed = json.loads((tmp_path / "out" / "document.json").read_text())["segments"]
    assert [one["kind"] for one in listed] == ["text", "image", "invalid"]


def test_a_block_may_be_called_anything_and_its_files_not(invoke: Invoke, place: Path, tmp_path: Path) -> None:
    one, image = codecs.load_omni(place / "one"), place / "tile.safetensors"
    strange = one.vocabulary.extend().codec("../a/b", codecs.load_codec(image), grid=(2, 3)).build()
    strange.save(tmp_path / "strange", codecs=one.codecs)  # type: ignore[arg-type]
    arguments = ["-t", tmp_path / "strange", "--codec", f"../a/b={image}"]
    ids = invoke("encode", *arguments, "--image", f"../a/b={place / 'cat.png'}").stdout
    assert invoke("decode", *arguments, "--out", tmp_path / "out", stdin=ids).exit_code == 0
    listed = json.loads((tmp_path / "out" / "document.json").read_text(encoding="utf-8"))["segments"]
    assert listed == [{"kind": "image", "block": "../a/b", "file": "000-image.png"}]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["000-image.png", "document.json"]


def test_ids_of_any_size_are_ids(invoke: Invoke, place: Path, tmp_path: Path) -> None:
    for wide in (2**63, 2**70):
        result = invoke("decode", "-t", place / "one", "--out", tmp_path / "out", stdin=f"[1, {wide}]")
        assert result.exit_code == 1
        assert result.stderr.startswith(f"error: stdin: position 1: id {wide} is outside the vocabulary")


def test_a_block_is_named_where_there_are_several(invoke: Invoke, place: Path) -> None:
    cat = place / "cat.png"
    several = invoke("encode", "-t", place / "two", "--image", cat)
    assert several.exit_code == 2
    assert "several blocks for it: image, tile; --image BLOCK=FILE names one" in " ".join(several.stderr.split())
    missing = invoke("encode", "-t", place / "two", "--image", f"tile={cat}")
    assert (missing.exit_code, "there is no codec for block 'tile'" in missing.stderr) == (1, True)
    assert missing.stderr.splitlines()[1] == "hint: --codec BLOCK=FILE gives it"
    codec = ["--codec", f"tile={place / 'tile.safetensors'}"]
    tile = invoke("encode", "-t", place / "two", "--image", f"tile={cat}", *codec)
    assert (tile.exit_code, len(tile.stdout.split())) == (0, 8)
    wrong = invoke("encode", "-t", place / "two", "--text", "a", "--codec", f"audio={place / 'tile.safetensors'}")
    assert (wrong.exit_code, "holds codes of the codec" in wrong.stderr) == (1, True)


def test_ragged_images_are_padded_where_that_is_asked_for(invoke: Invoke, place: Path) -> None:
    refused = invoke("encode", "-t", place / "one", "--image", place / "ragged.png")
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[1] == "hint: --pad repeats its last pixels"
    padded = invoke("encode", "-t", place / "one", "--image", place / "ragged.png", "--pad")
    assert (padded.exit_code, len(padded.stdout.split())) == (0, 10)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--text", "a", "--lines"], 2, "takes no FILE and no options of texts"),
        (["--codec", "image=x"], 2, "--codec and --pad are for documents"),
        (["--pad"], 2, "--codec and --pad are for documents"),
        (["--text", "a", "--pad"], 2, "--pad is for --image"),
        (["--image", ""], 2, "--image '' names no file"),
        (["--text", "a", "--audio", "audio="], 2, "--audio 'audio=' names no file"),
        (["--text", "a", "--codec", "x"], 2, "a --codec is BLOCK=FILE"),
        (["--voice", "tara", "--text", "a"], 2, "--voice tara comes before --text"),
        (["--text", "a", "--voice", "tara"], 2, "--voice tara comes last"),
        (["--voice", "mia", "--audio", "hello.wav"], 1, "there is no voice 'mia' for block 'audio'; there is 'tara'"),
        (["--text", "a", "--special", "<|none|>"], 1, "segment 1: there is no special token '<|none|>'"),
        (["--text", "a", "--image", "none.png"], 1, "none.png: No such file or directory"),
        (["--image", "hello.wav"], 1, "segment 0: hello.wav is no image that can be read"),
        (["--audio", "cat.png"], 1, "segment 0: cat.png is no sound that can be read"),
    ],
)
def test_what_cannot_be_a_document_is_said(
    invoke: Invoke, place: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, message: str
) -> None:
    monkeypatch.chdir(place)
    result = invoke("encode", "-t", "one", *arguments)
    assert result.exit_code == status
    assert message in " ".join(result.stderr.split())
    assert not result.stdout


def test_documents_need_a_vocabulary_folder(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("encode", "-t", tmp_path, "--text", "a")
    assert result.exit_code == 1
    assert f"{tmp_path} is no folder of a vocabulary" in result.stderr
    for option in (["--lines"], ["--json"]):
        assert invoke("decode", "-t", tmp_path, "--out", tmp_path / "out", *option).exit_code == 2
    assert invoke("decode", "-t", tmp_path, "--lenient").exit_code == 2


def test_ids_of_a_document_are_pointed_to_out(invoke: Invoke, place: Path, vocabulary: Path) -> None:
    ids = invoke("encode", "-t", place / "one", "--image", place / "cat.png").stdout
    result = invoke("decode", "-t", place / "one", stdin=ids)
    assert result.exit_code == 1
    assert "whose ids have no text form; --out DIR writes documents of text, images and audio" in result.stderr
    # A vocabulary of text has no documents.
    result = invoke("decode", "-t", vocabulary, stdin="100000")
    assert result.exit_code == 1
    assert "--out" not in result.stderr


def test_training_over_codecs_is_refused_before_the_work(invoke: Invoke, place: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in (place / "one").iterdir())
    result = invoke("train", tmp_path / "nothing.txt", "--out", place / "one", "--force")
    assert result.exit_code == 1
    assert "audio.codec.safetensors is a codec of the vocabulary that is there" in result.stderr
    assert sorted(path.name for path in (place / "one").iterdir()) == before
