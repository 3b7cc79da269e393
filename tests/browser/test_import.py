"""A clerk checks a file in the browser: why it is refused, or what would become of its rows, can be read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from i18n import tr
from tests.browser.conftest import PHONE, Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
HEAD = "户编号,户主姓名,行政村,乡镇,县,鉴定等级,改造状态,经度,纬度"


@pytest.fixture
def checked(visit: Visit, tmp_path: Path) -> Callable[..., Visitor]:
    """Hand a file in on the import page and check it."""

    def check(content: str, size: dict[str, int] | None = None) -> Visitor:
        visitor = visit(size) if size else visit()
        page = visitor.go("/data_import")
        # Only the options near the top are drawn until one types.
        page.locator(".st-key-import-feature input").fill("农村房屋")
        page.get_by_role("option", name="农村房屋").click()
        path = tmp_path / "危房台账.csv"
        path.write_text(content, "utf-8")
        page.locator(".st-key-import-file input[type=file]").set_input_files(path)
        expect(page.get_by_role("button", name="检查")).to_be_enabled()
        page.get_by_role("button", name="检查").click()
        return visitor

    return check


def _words(page: Page) -> str:
    return page.locator('[data-testid="stMain"]').inner_text()


def test_the_reason_of_a_refusal_can_be_read(checked: Callable[..., Visitor]) -> None:
    visitor = checked("甲,乙,丙\n1,2,3\n")
    alert = visitor.page.locator('[data-testid="stAlertContentError"]')
    expect(alert).to_be_visible(timeout=30_000)
    expect(alert).to_contain_text("甲、乙、丙")
    visitor.picture("import-refused-zh-desk")


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_findings_name_row_column_value_and_mend(
    checked: Callable[..., Visitor], size: dict[str, int] | None
) -> None:
    rows = ["A1,张三,西牛村,不存在镇,佛冈县,Ｃ级,鉴定,113.53,23.88", "A2,李四,,,,E,鉴定,113.53,23.88"]
    visitor = checked("\n".join([HEAD, *rows]), size)
    page = visitor.page
    expect(page.get_by_text(tr("pages.import.checked", "zh"))).to_be_visible(timeout=30_000)
    visitor.picture(f"import-checked-zh-{'phone' if size else 'desk'}")
    assert "危房台账.csv" in _words(page)
    assert "张三" not in _words(page)
