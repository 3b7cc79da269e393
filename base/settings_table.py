"""The page `docs/settings.md`, made from the settings themselves."""

from pathlib import Path
from typing import Any, get_args

from annotated_types import Ge, Le
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from base.settings import CHECKOUT, Settings

_HEAD = """# Settings 设置

Every setting is an environment variable. It is read once, when a process starts.
This page is made from `base/settings.py`; a test holds it equal. After a change, write it anew:

```
.venv/bin/python -m base.settings_table > docs/settings.md
```

| variable | default | allowed | meaning |
| --- | --- | --- | --- |
"""


def settings_markdown() -> str:
    """Return the page: one row for each setting, in the order of the class."""
    rows = (
        f"| `{_variable(name, field)}` | {_default(field)} | {_allowed(field)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    )
    return _HEAD + "".join(rows)


def _variable(name: str, field: FieldInfo) -> str:
    if isinstance(field.validation_alias, AliasChoices):
        return "` or `".join(str(choice) for choice in field.validation_alias.choices)
    return f"{Settings.model_config['env_prefix']}{name.upper()}"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is None:
        return "none"
    if isinstance(value, Path):
        return f"`{value.relative_to(CHECKOUT)}` in the checkout"
    return f"`{value}`"


def _allowed(field: FieldInfo) -> str:
    choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)]
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    least = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
    most = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
    pattern = next((rule.pattern for rule in field.metadata if getattr(rule, "pattern", None)), None)
    if pattern is not None:
        return f"`{pattern}`"
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"{least} or more" if least is not None else ""


if __name__ == "__main__":
    print(settings_markdown(), end="")  # noqa: T201 - the page is what this module is run for
