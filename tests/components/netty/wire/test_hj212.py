"""HJ 212 frames: the example of the published package, and what is wrong with others."""

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.hj212 import HJ212Frame, HJ212Reader

NOISE = (
    "##0492QN=20230421175500246;ST=22;CN=2011;PW=123456;MN=2023041803100001;Flag=5;CP=&&DataTime=20230421175400;LA-Rtd=50.7,LA-Flag=N;"
    "a01007-Rtd=0.8,a01007-Flag=N;a01008-Rtd=150.0,a01008-Flag=N;a01001-Rtd=26.0,a01001-Flag=N;a01002-Rtd=76.3,a01002-Flag=N;"
    "a01006-Rtd=100.4,a01006-Flag=N;LeqT-Rtd=52.5,LeqT-Flag=N;L5-Rtd=56.8,L5-Flag=N;L10-Rtd=54.1,L10-Flag=N;L50-Rtd=48.4,L50-Flag=N;"
    "L90-Rtd=46.5,L90-Flag=N;L95-Rtd=46.2,L95-Flag=N;Lmin-Rtd=44.5,Lmin-Flag=N;Lmax-Rtd=87.9,Lmax-Flag=N;SD-Rtd=3.5,SD-Flag=N&&35C0"
)


def test_the_example_of_the_published_package() -> None:
    """A noise monitor."""
    frame = HJ212Frame.parse_frame(NOISE)

    assert ("2023041803100001", 492, "35C0") == (frame.mn, frame.size, frame.crc)
    assert ("22", "5") == (frame.headdata["ST"], frame.headdata["Flag"])
    assert ("20230421175400", "50.7", "N", "3.5") == tuple(frame.data[name] for name in ("DataTime", "LA-Rtd", "LA-Flag", "SD-Rtd"))
    assert NOISE[6:-4] == frame.raw
    assert frame == HJ212Frame.parse_frame(NOISE.removeprefix("##"))


def test_the_example_of_the_standard() -> None:
    """HJ 212-2017, annex A: the data and its CRC."""
    data = "QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"

    assert (101, "1C80") == (len(data), HJ212Frame.crcCheckCode(data))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (NOISE[:-1] + "1", "CRC '35C1', computed 35C0"),
        (NOISE.replace("##0492", "##0491"), "length '0491', data 492 bytes"),
        (NOISE.replace("##0492", "##x492"), "length 'x492'"),
    ],
)
def test_a_frame_that_was_changed_is_refused(changed: str, said: str) -> None:
    """With what is wrong."""
    with pytest.raises(CorruptedFrameError, match=said):
        HJ212Frame.parse_frame(changed)


@pytest.mark.parametrize(("data", "said"), [("ST=1;CP=&&&&", "without MN"), ("MN=1;A=2", "without CP"), ("MN=1;CP=&&A=2", "without CP")])
def test_a_frame_without_its_parts_is_refused(data: str, said: str) -> None:
    """However right its sum is."""
    with pytest.raises(CorruptedFrameError, match=said):
        HJ212Frame.parse_frame(f"##{len(data):04}{data}{HJ212Frame.crcCheckCode(data)}")


def test_a_wrong_sum_passes_where_that_is_wanted() -> None:
    """For monitors that compute another."""
    assert "1" == HJ212Frame.parse_frame("##0015MN=1;CP=&&A=1&&0000", ignore_crc=True).mn


def test_reading_goes_on_at_the_next_head() -> None:
    """Behind what was wrong."""
    reader = HJ212Reader(1024)
    small = b"##0015MN=1;CP=&&A=1&&" + HJ212Frame.crcCheckCode("MN=1;CP=&&A=1&&").encode()
    reader.feed(b"rubbish" + small + b"\r\n##99" + b"99" + b"x" * 20 + small)
    with pytest.raises(CorruptedFrameError):
        reader.next_frame()
    frame = reader.next_frame()
    assert frame is not None
    assert {"A": "1"} == frame.data
    with pytest.raises(TooLongFrameError):
        reader.next_frame()
    assert reader.next_frame() == frame
    assert reader.is_between_frames()


def test_data_that_is_no_text_is_corrupt_and_the_frame_behind_it_is_read() -> None:
    """The length was right, so the border is known."""
    reader = HJ212Reader(1024)
    reader.feed(b"##0003QN\xff1234\r\n" + NOISE.encode() + b"\r\n")

    with pytest.raises(CorruptedFrameError, match="HJ 212 data that is no text"):
        reader.next_frame()
    assert HJ212Frame.parse_frame(NOISE) == reader.next_frame()
    assert reader.next_frame() is None
    assert reader.is_between_frames()


def test_what_is_handed_over_is_forgotten() -> None:
    """The beginning of a frame."""
    reader = HJ212Reader(1024)
    reader.feed(b"\r\n##00")
    assert reader.next_frame() is None
    assert (False, b"##00", True, b"") == (reader.is_between_frames(), reader.unread(), reader.is_between_frames(), reader.unread())
