"""Pixels and samples to ids and back through codecs learnt here, from a folder that holds vocabulary and codecs."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omnitok import codecs
from omnitok.builder import VocabBuilder
from omnitok.codecs.files import write_image, write_sound
from omnitok.errors import CodecError, CorruptFileError, RaggedImageError, VocabularyError
from omnitok.omni import OmniTokenizer
from omnitok.segments import Audio, Image, Text
from omnitok.tokenizer import Tokenizer
from omnitok.vocabulary import Vocabulary

pytest.importorskip("safetensors")

DRAWS = np.random.default_rng(5)
PIXELS = DRAWS.integers(0, 256, (4, 16, 24), dtype=np.uint8)
SAMPLES = 0.3 * np.sin(np.cumsum(DRAWS.uniform(0.05, 0.5, (3, 4000)), axis=1))


@pytest.fixture(scope="module")
def image() -> Any:
    return codecs.train_image(PIXELS, codebook_sizes=[8, 8], patch=4)


@pytest.fixture(scope="module")
def speech() -> Any:
    return codecs.train_speech([(one, 8000) for one in SAMPLES], codebook_sizes=[8, 8, 8], rate="25/2")


@pytest.fixture(scope="module")
def vocabulary(tiny: Tokenizer, image: Any, speech: Any) -> Vocabulary:
    builder = VocabBuilder("linked").text(tiny).codec("image", image, layout="sized-rows")
    builder.size_tokens("h", range(1, 9)).size_tokens("w", range(1, 9))
    return builder.codec("audio", speech, delays=[0, 1, 2]).voices(["tara"]).pad(64).build()


@pytest.fixture
def folder(vocabulary: Vocabulary, image: Any, speech: Any, tmp_path: Path) -> Path:
    vocabulary.save(tmp_path / "v", codecs={"image": image, "audio": speech})
    return tmp_path / "v"


def test_a_codec_declares_its_block(vocabulary: Vocabulary, image: Any, speech: Any) -> None:
    codes = vocabulary.codes("image")
    assert (codes.codebooks, codes.patch, codes.codec, codes.layout) == ((8, 8), (4, 4), image.digest, "sized-rows")
    codes = vocabulary.codes("audio")
    assert (codes.codebooks, codes.rate, codes.delays) == ((8, 8, 8), speech.rate, (0, 1, 2))
    assert (codes.codec, codes.layout, codes.latency) == (speech.digest, "delay", 2)


def test_arrays_and_files_go_in_and_come_back(folder: Path, image: Any, speech: Any, tmp_path: Path) -> None:
    omni = codecs.load_omni(folder)
    write_image(tmp_path / "cat.png", PIXELS[0])
    write_sound(tmp_path / "hello.wav", SAMPLES[0], 8000)
    document = [Text("see"), Image(pixels=PIXELS[0]), Audio(samples=SAMPLES[0], voice="tara"), Text("and hear")]
    files = [Text("see"), Image(pixels=tmp_path / "cat.png"), Audio(samples=str(tmp_path / "hello.wav"), voice="tara")]
    encoded = omni.encode(document)
    # PNG keeps every pixel; 16 bits are enough for these codes.
    assert omni.encode([*files, Text("and hear")]) == encoded
    see, picture, sound, hear = omni.decode(encoded.ids, signals=True)
    assert (see, hear) == (Text("see"), Text("and hear"))
    assert isinstance(picture, Image)
    assert isinstance(sound, Audio)
    assert np.array_equal(picture.pixels, image.decode(image.encode(PIXELS[0])))  # type: ignore[arg-type]
    assert np.array_equal(sound.samples, speech.decode(speech.encode(SAMPLES[0])))  # type: ignore[arg-type]
    assert (picture.codes, sound.codes, sound.voice) == (None, None, "tara")
    # What has become codes once is codes of itself, or nearly; the segments fit where codes did.
    assert len(omni.encode([see, picture, sound, hear])) == len(encoded)
    again = pickle.loads(pickle.dumps(omni))
    assert again.encode(document) == encoded


def test_a_block_that_was_declared_otherwise_is_refused(tiny: Tokenizer, image: Any, speech: Any) -> None:
    wrong = VocabBuilder().text(tiny).codes("a", sizes=[8, 8, 8], rate=50, codec=speech.digest)
    with pytest.raises(VocabularyError, match="block 'a' was declared with rate 50, and its codec has 25/2"):
        OmniTokenizer(wrong.build(), codecs={"a": speech})
    wrong = VocabBuilder().text(tiny).codes2d("i", [8, 9], patch=4, grid=(4, 6), codec=image.digest)
    with pytest.raises(VocabularyError, match=r"declared with codebook_sizes \[8, 9\], and its codec has \[8, 8\]"):
        OmniTokenizer(wrong.build(), codecs={"i": image})
    with pytest.raises(VocabularyError, match="it has a grid, which codes in time do not have"):
        VocabBuilder().text(tiny).codec("a", speech, grid=(2, 2)).build()


def test_another_codec_is_refused(folder: Path, vocabulary: Vocabulary, image: Any, tmp_path: Path) -> None:
    other = codecs.train_image(PIXELS[:, :8], codebook_sizes=[8, 8], patch=4)
    assert other.digest != image.digest
    message = f"block 'image' holds codes of the codec {image.digest}, and this codec is {other.digest}"
    with pytest.raises(VocabularyError, match=message):
        OmniTokenizer(vocabulary, codecs={"image": other})
    with pytest.raises(VocabularyError, match=message):
        vocabulary.save(tmp_path / "new", codecs={"image": other})
    assert not (tmp_path / "new").exists()
    other.save(folder / "image.codec.safetensors", force=True)
    with pytest.raises(CorruptFileError, match=r"image.codec.safetensors is another codec: its digest is "):
        codecs.load_omni(folder)
    assert set(codecs.load_omni(folder, codecs={"image": image}).codecs) == {"image", "audio"}


def test_what_a_codec_does_not_take_names_its_segment(folder: Path, tmp_path: Path) -> None:
    omni = codecs.load_omni(folder)
    with pytest.raises(RaggedImageError, match="segment 1: an image of 15x24 pixels"):
        omni.encode([Text("a"), Image(pixels=PIXELS[0, :15])])
    with pytest.raises(CodecError, match="segment 0: a sound of 0 samples"):
        omni.encode([Audio(samples=np.zeros(0))])
    with pytest.raises(CodecError, match="segment 0: sample 3 is nan"):
        omni.encode([Audio(samples=np.array([0, 0, 0, np.nan]))])
    for name, segment in (("cut.png", Image), ("cut.wav", Audio)):
        path = tmp_path / name
        path.write_bytes(b"RIFF or PNG, and no more")
        with pytest.raises(CorruptFileError, match=f"document 2, segment 0: .*{name} is no "):
            omni.encode_batch([[], [], [segment(**{_signal(segment): path})]])
    with pytest.raises(FileNotFoundError, match=r"none\.png"):
        omni.encode([Image(pixels=tmp_path / "none.png")])


def _signal(segment: type) -> str:
    return "pixels" if segment is Image else "samples"


def test_signals_need_their_codec(vocabulary: Vocabulary, image: Any) -> None:
    omni = OmniTokenizer(vocabulary, codecs={"image": image})
    ids = omni.encode([Audio(np.zeros((3, 2), np.uint32))]).ids
    with pytest.raises(VocabularyError, match="segment 0: there is no codec for block 'audio'"):
        omni.decode(ids, signals=True)


def test_a_codec_without_files_says_so(tiny: Tokenizer, tmp_path: Path) -> None:
    @dataclass
    class Description:
        digest: str = "ab" * 32

    class Sign:
        def describe(self) -> Description:
            return Description()

        def encode(self, signal: Any) -> Any:
            return (np.asarray(signal) > 0)[None].astype(np.uint32)

        def decode(self, codes: Any) -> Any:
            return codes

    vocabulary = VocabBuilder().text(tiny).codes("a", sizes=[2], rate=50, codec="ab" * 32).build()
    omni = OmniTokenizer(vocabulary, codecs={"a": Sign()})
    assert omni.decode(omni.encode([Audio(samples=np.ones(3), block="a")]).ids) == [Audio([[1, 1, 1]], block="a")]
    with pytest.raises(TypeError, match="segment 0: the codec of block 'a' reads no files; give samples"):
        omni.encode([Audio(samples="x.wav", block="a")])
    with pytest.raises(VocabularyError, match="the codec of block 'a' has no file of its own"):
        vocabulary.save(tmp_path / "v", codecs={"a": Sign()})  # type: ignore[dict-item]


def test_codecs_stay_when_their_vocabulary_is_saved_again(folder: Path, vocabulary: Vocabulary, image: Any) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    vocabulary.save(folder, force=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    vocabulary.tokenizer.save(folder, force=True)
    grown = vocabulary.extend().special(["<|more|>"]).build()
    grown.save(folder, force=True)
    assert set(codecs.load_omni(folder).codecs) == {"image", "audio"}
    # What is given takes the place of what is there.
    vocabulary.save(folder, force=True, codecs={"image": image})
    assert set(codecs.load_omni(folder).codecs) == {"image", "audio"}


def test_no_codec_is_lost_by_saving(folder: Path, vocabulary: Vocabulary, tiny: Tokenizer, image: Any) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    other = codecs.train_image(PIXELS[:, :8], codebook_sizes=[8, 8], patch=4)
    replaced = VocabBuilder("linked").text(tiny).codec("image", other, grid=(4, 6)).build()
    for save in (tiny.save, replaced.save):
        with pytest.raises(VocabularyError, match=r"audio.codec.safetensors is a codec .* move it elsewhere first"):
            save(folder, force=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "audio.codec.safetensors").unlink()
    with pytest.raises(VocabularyError, match=r"image.codec.safetensors is a codec of the vocabulary that is there"):
        replaced.save(folder, force=True)
    replaced.save(folder, force=True, codecs={"image": other})
    assert codecs.load_omni(folder).codecs["image"].describe().digest == other.digest
