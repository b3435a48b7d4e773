"""A tiny parallel text and two tokenizers, so that a report takes a second."""

from __future__ import annotations

from pathlib import Path

import pytest

LINES = {
    "te": ("నమస్కారం, నేను కొత్తవాడిని.", "ఇది రెండవ వాక్యం."),
    "hi": ("नमस्ते, मैं नया हूँ।", "यह दूसरा वाक्य है।"),
    "ur": ("سلام، میں نیا ہوں۔", "یہ دوسرا جملہ ہے۔"),
    "ar": ("مرحبًا، أنا جديد.", "هذه هي الجملة الثانية."),
    "ko": ("안녕하세요, 저는 새로 왔습니다.", "이것은 두 번째 문장입니다."),
    "zh": ("你好，我是新来的。", "这是第二句话。"),
    "en": ("Hello, I am <new> & here | now.", "This is the second sentence."),
}


class ByteTokenizer:
    """One token a UTF-8 byte."""

    name = "bytes_1"
    vocab_size = 256

    def encode_ordinary(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids: list[int]) -> str:
        return bytes(ids).decode()


class CharacterTokenizer:
    """One token a code point."""

    name = "characters"
    vocab_size = 0x110000
    digest = "sha256:0123"

    def encode_ordinary(self, text: str) -> list[int]:
        return list(map(ord, text))

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))


class LowercaseTokenizer(CharacterTokenizer):
    """Loses capitals."""

    name = "lowercase"

    def encode_ordinary(self, text: str) -> list[int]:
        return super().encode_ordinary(text.lower())


@pytest.fixture
def parallel(tmp_path: Path) -> Path:
    """Two sentences in seven languages and five scripts."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for code, lines in LINES.items():
        (folder / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def characters() -> CharacterTokenizer:
    return CharacterTokenizer()


@pytest.fixture
def byte_baseline() -> ByteTokenizer:
    return ByteTokenizer()


@pytest.fixture
def lowercase() -> LowercaseTokenizer:
    return LowercaseTokenizer()


@pytest.fixture
def second_lines() -> list[str]:
    """Sentences that no report may print."""
    return [lines[1] for lines in LINES.values()]


@pytest.fixture
def first_lines() -> list[str]:
    """Sentences that a report prints as greetings, unless told not to."""
    return [lines[0] for lines in LINES.values()]


class NoTeluguTokenizer(CharacterTokenizer):
    """Raises on the letters of one script, and knows the bytes of its tokens."""

    name = "no-telugu"

    def encode_ordinary(self, text: str) -> list[int]:
        if any("\u0c00" <= character <= "\u0c7f" for character in text):
            raise ValueError("no Telugu here")
        return super().encode_ordinary(text)

    def token_bytes(self, token: int) -> bytes:
        return chr(token).encode()


@pytest.fixture
def no_telugu() -> NoTeluguTokenizer:
    return NoTeluguTokenizer()
