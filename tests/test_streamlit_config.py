"""What Streamlit is told for every server, however it is started."""

import tomllib

from base.settings import CHECKOUT


def test_a_server_tells_nobody_watches_nothing_and_collects_when_needed() -> None:
    told = tomllib.loads((CHECKOUT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert told["browser"]["gatherUsageStats"] is False
    assert told["server"]["fileWatcherType"] == "none"
    assert told["client"]["showErrorDetails"] == "none"
    # docs/decisions/0029: fifty sessions wait for a collection after every script of one
    assert told["runner"]["postScriptGC"] is False
