"""Pictures and recordings as files, good and bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from omnitok.codecs.files import read_images, read_sounds, write_image, write_sound
from omnitok.errors import CorpusError, CorruptFileError

if TYPE_CHECKING:
    from pathlib import Path

image_module = pytest.importorskip("PIL.Image")
soundfile = pytest.importorskip("soundfile")

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 8, 3)).astype(np.uint8)
SAMPLES = np.sin(np.arange(4000) / 20) * 0.5


def test_png_is_lossless_and_jpeg_nearly(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", PIXELS)
    (again,) = read_images([tmp_path / "a.png"], channels=3)
    assert np.array_equal(again, PIXELS)
    smooth = np.broadcast_to(np.arange(64, dtype=np.uint8) * 3, (32, 64)).copy()
    write_image(tmp_path / "b.jpg", smooth)
    (again,) = read_images([tmp_path / "b.jpg"], channels=1)
    assert np.abs(again.astype(int) - smooth).max() < 12


def test_colours_are_converted(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", PIXELS)
    (grey,) = read_images([tmp_path / "a.png"], channels=1)
    expected = PIXELS @ [0.299, 0.587, 0.114]
    assert np.abs(grey - expected).max() <= 1
    image_module.fromarray(grey).convert("P").save(tmp_path / "p.png")
    (colour,) = read_images([tmp_path / "p.png"], channels=3)
    assert colour.shape == (12, 8, 3)


def test_the_orientation_of_a_camera_is_applied(tmp_path: Path) -> None:
    picture = image_module.fromarray(PIXELS)
    notes = picture.getexif()
    notes[0x0112] = 6
    picture.save(tmp_path / "a.png", exif=notes)
    (upright,) = read_images([tmp_path / "a.png"], channels=3)
    assert np.array_equal(upright, np.rot90(PIXELS, -1))


def test_arrays_are_many_images(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.stack([PIXELS, PIXELS[::-1]]))
    np.savez(tmp_path / "b.npz", x=np.stack([PIXELS[:, :, 0]]), y=np.arange(1))
    assert [one.shape for one in read_images([tmp_path], channels=3)] == [(12, 8, 3)] * 3
    assert [one.shape for one in read_images([tmp_path], channels=1)] == [(12, 8)] * 3


def test_folders_are_read_in_the_order_of_names(tmp_path: Path) -> None:
    for number, name in enumerate(("b.png", "inner/a.png", "a.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_image(tmp_path / name, np.full((4, 4), number, dtype=np.uint8))
    assert [int(one[0, 0]) for one in read_images([tmp_path], channels=1)] == [2, 0, 1]
    with pytest.raises(CorpusError, match=r"holds no file that ends in \.wav"):
        list(read_sounds([tmp_path]))


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_damaged_pictures_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    write_image(path, PIXELS)
    data = path.read_bytes()
    for end in (0, 1, 20, len(data) // 2):
        path.write_bytes(data[:end])
        with pytest.raises(CorruptFileError, match=f"a.{ending} is no image that can be read: "):
            list(read_images([path], channels=3))


def test_pictures_of_sixteen_bits_are_refused(tmp_path: Path) -> None:
    image_module.fromarray(np.zeros((4, 4), dtype=np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(CorruptFileError, match="mode I;16; save it with 8 bits"):
        list(read_images([tmp_path / "a.png"], channels=1))


def test_arrays_that_are_no_images(tmp_path: Path) -> None:
    for array, message in (
        (np.zeros((2, 4, 4)), "float64"),
        (np.zeros((4, 4), dtype=np.uint8), r"\[4, 4\]"),
        (np.zeros((1, 4, 4, 2), dtype=np.uint8), r"\[1, 4, 4, 2\]"),
    ):
        np.save(tmp_path / "a.npy", array)
        with pytest.raises(CorruptFileError, match=message):
            list(read_images([tmp_path / "a.npy"], channels=1))
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\x00junk")
    with pytest.raises(CorruptFileError, match="no array that can be read"):
        list(read_images([tmp_path / "a.npy"], channels=1))
    np.savez(tmp_path / "b.npz", x=np.zeros((1, 4, 4), np.uint8), y=np.zeros((1, 4, 4), np.uint8))
    with pytest.raises(CorruptFileError, match="holds 2 arrays of images"):
        list(read_images([tmp_path / "b.npz"], channels=1))


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_sounds_come_back(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    write_sound(path, SAMPLES, 8000)
    ((again, rate),) = read_sounds([path])
    assert rate == 8000
    assert np.abs(again - SAMPLES).max() < 1e-4
    with pytest.raises(FileExistsError):
        write_sound(path, SAMPLES, 8000)
    data = path.read_bytes()
    for end in (0, 3, 20, len(data) // 2, len(data) - 2):
        path.write_bytes(data[:end])
        with pytest.raises(CorruptFileError, match=f"a.{ending} (is no sound that can be read|holds 0 samples)"):
            list(read_sounds([path]))


def test_a_recording_that_is_written_into_a_pipe_has_any_length(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_sound(path, SAMPLES, 8000)
    data = path.read_bytes()
    for declared in (b"\xff\xff\xff\xff", b"\x24\x00\x00\x80", b"\xff\xff\xff\x7f"):
        path.write_bytes(data[:4] + declared + data[8:])
        ((again, _),) = read_sounds([path])
        assert len(again) == len(SAMPLES)


def test_channels_are_mixed(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([SAMPLES, np.zeros_like(SAMPLES)], axis=1), 8000, subtype="FLOAT")
    ((again, _),) = read_sounds([tmp_path / "a.wav"])
    assert np.allclose(again, SAMPLES / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("samples", "message"), [(np.zeros(0), "holds 0 samples"), (np.array([0, np.nan]), "sample 1, channel 0 is nan")]
)
def test_sounds_that_are_none(tmp_path: Path, samples: np.ndarray[Any, Any], message: str) -> None:
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="FLOAT")
    with pytest.raises(CorruptFileError, match=message):
        list(read_sounds([tmp_path / "a.wav"]))


def test_other_endings_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in none of .png, .jpg, .jpeg"):
        write_image(tmp_path / "a.tiff", PIXELS)
    with pytest.raises(ValueError, match=r"ends in none of .wav, .flac"):
        write_sound(tmp_path / "a.mp3", SAMPLES, 8000)


@pytest.fixture(scope="module")
def ogg(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording of several pages."""
    path = tmp_path_factory.mktemp("ogg") / "a.ogg"
    noise = np.random.default_rng(0).normal(0, 0.2, 60_000)
    soundfile.write(path, noise, 8000, format="OGG", subtype="VORBIS")
    data = path.read_bytes()
    assert data.count(b"OggS") > 4
    return data


def test_an_ogg_file_that_was_cut_is_refused_wherever(ogg: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    path.write_bytes(ogg)
    ((samples, _),) = read_sounds([path])
    assert len(samples) == 60_000
    pages = [place for place in range(len(ogg)) if ogg.startswith(b"OggS", place)]
    for end in [*(page + 5 for page in pages), *(page + 30 for page in pages), len(ogg) - 1]:
        path.write_bytes(ogg[:end])
        with pytest.raises(CorruptFileError, match=r"a\.ogg is no sound that can be read: .*; copy it again"):
            list(read_sounds([path]))
    for end in pages[1:3]:  # headers alone
        path.write_bytes(ogg[:end])
        with pytest.raises(CorruptFileError, match=r"a\.ogg (is no sound that can be read|holds 0 samples)"):
            list(read_sounds([path]))
    path.write_bytes(ogg[: pages[3]] + ogg[pages[4] :])
    with pytest.raises(CorruptFileError, match=f"a page is missing before the one at byte {pages[3]:,}"):
        list(read_sounds([path]))


def test_an_ogg_file_whose_pages_are_whole_needs_no_last_one(ogg: bytes, tmp_path: Path) -> None:
    """As players read it: a recorder that was stopped writes none, and some writers never do."""
    path = tmp_path / "a.ogg"
    path.write_bytes(ogg)
    ((whole, _),) = read_sounds([path])
    last = ogg.rindex(b"OggS")
    unmarked = bytearray(ogg)
    assert unmarked[last + 5] & 4
    unmarked[last + 5] ^= 4
    path.write_bytes(unmarked)
    with pytest.raises(CorruptFileError, match=f"the one at byte {last:,} was changed; copy it again"):
        list(read_sounds([path]))
    unmarked[last + 22 : last + 26] = ogg_checksum(bytes(unmarked[last:]))
    for end in (len(unmarked), last):
        path.write_bytes(unmarked[:end])
        ((samples, rate),) = read_sounds([path])
        assert rate == 8000
        assert np.array_equal(samples[:50_000], whole[:50_000])
    for more in (b"O", b"OggS", bytes(40)):
        path.write_bytes(unmarked + more)
        with pytest.raises(CorruptFileError, match=r"a\.ogg is no sound that can be read: .*; copy it again"):
            list(read_sounds([path]))
    unmarked[last + 60] ^= 1
    path.write_bytes(unmarked)
    with pytest.raises(CorruptFileError, match=f"the one at byte {last:,} was changed"):
        list(read_sounds([path]))


def ogg_checksum(page: bytes) -> bytes:
    """That of RFC 3533, bit by bit."""
    register = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
    return register.to_bytes(4, "little")


def test_a_flac_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    write_sound(path, np.random.default_rng(0).normal(0, 0.1, 30_000), 8000)
    data = path.read_bytes()
    for end in (len(data) // 2, len(data) - 1000, len(data) - 1):
        path.write_bytes(data[:end])
        with pytest.raises(CorruptFileError, match=r"a\.flac"):
            list(read_sounds([path]))


def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(tmp_path / "a.png", PIXELS)
    for limit in (60, 40):  # Pillow warns from once the limit on, and refuses from twice.
        monkeypatch.setattr(image_module, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(
            CorruptFileError, match=rf"a\.png has more than {limit} pixels, PIL\.Image\.MAX_IMAGE_PIXELS"
        ):
            list(read_images([tmp_path / "a.png"], channels=3))
    monkeypatch.setattr(image_module, "MAX_IMAGE_PIXELS", 96)
    assert len(list(read_images([tmp_path / "a.png"], channels=3))) == 1
