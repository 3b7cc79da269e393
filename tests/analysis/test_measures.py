"""The declarations of the layers fit the measures that they name."""

import inspect
import pickle

import pytest

from analysis.errors import CrsMismatch, UnknownMeasure
from analysis.measures import find
from layers import Indicator, all_indicators, feature_type


@pytest.mark.parametrize("indicator", all_indicators(), ids=lambda i: i.id)
def test_declared_indicator_fits_its_measure(indicator: Indicator) -> None:
    measure = find(indicator.function)
    inspect.signature(measure.function).bind(None, *indicator.reads, **indicator.arguments)
    read = measure.columns(indicator.arguments)
    assert len(read) == len(indicator.sources)
    for source, columns in zip(indicator.sources, read, strict=True):
        for column in columns:
            assert feature_type(source).field(column).name == column


def test_no_measure_reads_personal_fields() -> None:
    for indicator in all_indicators():
        read = find(indicator.function).columns(indicator.arguments)
        for source, columns in zip(indicator.sources, read, strict=True):
            assert not any(feature_type(source).field(name).personal for name in columns)


def test_unknown_measure_lists_the_known() -> None:
    with pytest.raises(UnknownMeasure, match=r"roads\.hardened_share"):
        find("os.system")


def test_errors_travel_between_processes() -> None:
    sent = pickle.loads(pickle.dumps(CrsMismatch(found="EPSG:4547", expected="EPSG:4490")))
    assert isinstance(sent, CrsMismatch)
    assert sent.values == {"found": "EPSG:4547", "expected": "EPSG:4490"}
