"""What is kept is computed once, also by many at a time; errors are not kept."""

import threading
import time

import pytest

from pages.overview_kept import kept


def test_many_who_ask_at_once_wait_for_one() -> None:
    asked: list[int] = []

    @kept(4)
    def slow(number: int) -> list[int]:
        asked.append(number)
        time.sleep(0.05)
        return [number]

    found: list[list[int]] = []
    threads = [threading.Thread(target=lambda: found.append(slow(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1]
    assert all(one is found[0] for one in found)


def test_the_last_asked_stay() -> None:
    asked: list[int] = []

    @kept(2)
    def numbers(number: int, twice: int = 1) -> int:
        asked.append(number)
        return number * twice

    for number in (1, 2, 1, 3, 1, 2):
        assert numbers(number, twice=2) == 2 * number
    assert asked == [1, 2, 3, 2]


def test_an_error_is_not_kept() -> None:
    asked: list[int] = []

    @kept(2)
    def fails_first(number: int) -> int:
        asked.append(number)
        if len(asked) == 1:
            raise ValueError("away")
        return number

    with pytest.raises(ValueError, match="away"):
        fails_first(5)
    assert fails_first(5) == 5
    assert asked == [5, 5]
