"""The search for garbage is put off for as long as anybody asked for it, and no longer."""

import gc
import threading

from base.garbage import collection_paused


def test_it_is_off_until_the_last_is_done_whatever_the_order() -> None:
    assert gc.isenabled()
    begun, ended = threading.Event(), threading.Event()

    def other() -> None:
        with collection_paused():
            begun.set()
            ended.wait(10)

    thread = threading.Thread(target=other)
    with collection_paused():
        thread.start()
        begun.wait(10)
        assert not gc.isenabled()
    assert not gc.isenabled()
    ended.set()
    thread.join()
    assert gc.isenabled()


def test_who_had_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
