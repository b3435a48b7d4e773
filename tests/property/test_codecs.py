"""Properties of quantizers and of the files of codecs, for any integers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from omnitok.codecs import kmeans
from omnitok.codecs.description import checked_codes
from omnitok.codecs.draws import Draws
from omnitok.codecs.quantizers import ResidualQuantizer, join_digits, share_out, split_digits
from omnitok.codecs.stored import read_tensors, write_tensors
from omnitok.errors import CodecError

VALUES = st.integers(-3000, 3000)


@given(st.data())
def test_the_nearest_is_what_looking_at_all_finds(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 5))
    limit = data.draw(st.sampled_from([3, 255, 1 << 20]))
    values = st.integers(-limit, limit)
    vectors = data.draw(arrays(np.int32, (data.draw(st.integers(0, 12)), width), elements=values))
    centroids = data.draw(arrays(np.int32, (data.draw(st.integers(1, 9)), width), elements=values))
    indices = kmeans.nearest(vectors, centroids)
    for vector, index in zip(vectors.tolist(), indices.tolist(), strict=True):
        all_distances = [sum((a - b) ** 2 for a, b in zip(vector, one, strict=True)) for one in centroids.tolist()]
        assert index == all_distances.index(min(all_distances))


@given(arrays(np.int32, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=VALUES), st.integers(0, 5))
def test_training_finds_a_vector_for_every_code_of_few(vectors: np.ndarray, seed: int) -> None:
    different = len(np.unique(vectors, axis=0))
    centroids = kmeans.train(vectors, different, draws=Draws(seed), rounds=10)
    assert np.array_equal(centroids[kmeans.nearest(vectors, centroids)], vectors)


@given(st.data())
def test_residual_codes_decode_to_what_is_left_out_of(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 4))
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    codebooks = [data.draw(arrays(np.int32, (size, width), elements=VALUES)) for size in sizes]
    vectors = data.draw(arrays(np.int32, (data.draw(st.integers(0, 8)), width), elements=VALUES))
    quantizer = ResidualQuantizer(codebooks)
    codes = quantizer.encode(vectors)
    for place, vector in enumerate(vectors):
        left = vector.astype(int)
        for codebook, code in zip(codebooks, codes[:, place], strict=True):
            squares = ((codebook.astype(int) - left) ** 2).sum(axis=1)
            assert squares[code] == squares.min()
            left = left - codebook[code]
        assert np.array_equal(vector - quantizer.decode(codes)[place], left)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_digits_and_numbers_are_the_same(levels: list[int]) -> None:
    total = int(np.prod(levels))
    numbers = np.arange(total, dtype=np.uint32)[:5000]
    digits = split_digits(numbers, levels)
    assert (digits >= 0).all()
    assert (digits < np.array(levels)[:, None]).all()
    assert np.array_equal(join_digits(digits, levels), numbers)


@given(st.lists(st.floats(0, 1e6), max_size=8).map(lambda values: sorted(values, reverse=True)), st.integers(1, 5000))
def test_levels_that_are_shared_out_fit(variances: list[float], size: int) -> None:
    counts = share_out(variances, size)
    assert np.prod(counts, dtype=float) <= size
    assert all(count >= 2 for count in counts)
    assert counts == sorted(counts, reverse=True)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=3), st.data())
def test_codes_are_in_range_or_refused(sizes: list[int], data: st.DataObject) -> None:
    frames = data.draw(st.integers(0, 5))
    codes = data.draw(arrays(np.int64, (len(sizes), frames), elements=st.integers(-2, 310)))
    is_good = all((row >= 0).all() and (row < size).all() for row, size in zip(codes, sizes, strict=True))
    if is_good:
        assert np.array_equal(checked_codes(codes, tuple(sizes), 2), codes)
    else:
        with pytest.raises(CodecError, match="is out of range"):
            checked_codes(codes, tuple(sizes), 2)


@given(
    st.dictionaries(
        st.text("abc.012", min_size=1, max_size=9),
        arrays(st.sampled_from([np.int32, np.uint32]), array_shapes(max_dims=3, max_side=4, min_side=0)),
        max_size=4,
    ),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=4),
)
def test_files_hold_what_was_written(tensors: dict[str, np.ndarray], about: dict[str, object]) -> None:
    pytest.importorskip("safetensors")
    about = about | {"format": 1}
    data = write_tensors(tensors, about)
    again, said = read_tensors(data, "it")
    assert said == json.loads(json.dumps(about))
    assert {name: (one.dtype, one.tolist()) for name, one in again.items()} == {
        name: (one.dtype, one.tolist()) for name, one in tensors.items()
    }
    reordered = dict(reversed(list(tensors.items())))
    assert write_tensors(reordered, dict(reversed(list(about.items())))) == data
