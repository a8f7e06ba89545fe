"""Frames, as both ends write and read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.scoring.wire import (
    FRAME_HEAD,
    Answer,
    AnswerFlag,
    Kind,
    Request,
    RequestFlag,
    frame,
    pack_answer,
    pack_request,
    unpack_answers,
    unpack_requests,
)

numbers = st.integers(0, 2**32 - 1)
requests = st.builds(Request, numbers, st.integers(0, 255), st.binary(max_size=40), st.binary(max_size=40))
answers = st.builds(
    Answer, numbers, st.integers(100, 599), st.integers(0, 255), numbers, st.binary(max_size=40), st.binary(max_size=40)
)


def test_a_frame_says_how_long_it_is_and_what_it_holds() -> None:
    data = frame(Kind.SCORE, b"ab", b"", b"cde")
    assert FRAME_HEAD.unpack_from(data) == (5, Kind.SCORE)
    assert data[FRAME_HEAD.size :] == b"abcde"


@given(st.lists(requests, max_size=5))
def test_requests_come_out_as_they_went_in(several: list[Request]) -> None:
    assert list(unpack_requests(b"".join(map(pack_request, several)))) == several


@given(st.lists(answers, max_size=5))
def test_answers_come_out_as_they_went_in(several: list[Answer]) -> None:
    assert list(unpack_answers(b"".join(map(pack_answer, several)))) == several


@pytest.mark.parametrize("flags", [RequestFlag, AnswerFlag])
def test_flags_fit_into_a_byte_and_do_not_overlap(flags: type[RequestFlag] | type[AnswerFlag]) -> None:
    values = [int(flag) for flag in flags]
    assert all(value & (value - 1) == 0 for value in values)
    assert sum(values) < 256


def test_kinds_of_the_two_directions_differ() -> None:
    assert len(set(Kind)) == len(Kind)
    assert all((kind < 16) == (kind in (Kind.CONFIGURE, Kind.SCORE, Kind.CANCEL)) for kind in Kind)
