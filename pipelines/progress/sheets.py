"""Sheets of the project library as declarations, so that the import reads them like any department's file."""

from i18n import Text
from layers import AdminLevel, FeatureType, Field, Geometry, Kind
from layers.codes import LibraryState, WorkKind
from pipelines.progress.cells import LONGEST_CELL
from store.progress.report_rules import LONGEST_TEXT

PROJECT_SHEET = FeatureType(
    id="project_sheet",
    title=Text("项目表", "Projects"),
    geometry=Geometry.POINT,
    key=("name",),
    levels=(AdminLevel.VILLAGE, AdminLevel.TOWNSHIP),
    fields=(
        Field(
            "code",
            Text("项目编号", "Project code"),
            headings=("编号", "项目代码", "项目编码"),
            max_length=20,
        ),
        Field(
            "name",
            Text("项目名称", "Project name"),
            required=True,
            headings=("项目", "工程名称", "名称"),
            max_length=80,
        ),
        Field(
            "kind",
            Text("项目类别", "Kind"),
            kind=Kind.CODE,
            codes=WorkKind,
            required=True,
            headings=("类别", "项目类型", "建设类别", "类型"),
        ),
        Field(
            "budget_yuan",
            Text("总投资", "Cost"),
            kind=Kind.MONEY,
            unit="元",
            required=True,
            headings=("投资", "投资额", "概算投资", "合同价", "计划投资"),
            minimum=0.01,
        ),
        Field(
            "payments",
            Text("资金来源", "Sources of funds"),
            headings=("资金构成", "分年资金"),
            max_length=500,
        ),
        Field(
            "planned_start",
            Text("计划开工", "Planned start"),
            kind=Kind.DATE,
            required=True,
            headings=("计划开工日期", "开工日期", "开工时间"),
        ),
        Field(
            "planned_finish",
            Text("计划完工", "Planned finish"),
            kind=Kind.DATE,
            required=True,
            headings=("计划完工日期", "完工日期", "竣工日期", "计划竣工"),
        ),
        Field("milestones", Text("里程碑", "Milestones"), headings=("节点", "形象节点"), max_length=1000),
        Field("department", Text("责任部门", "Department"), headings=("责任单位", "牵头部门", "业主单位")),
        Field("team", Text("帮扶工作队", "Assistance team"), headings=("帮扶单位", "驻镇帮扶工作队")),
        Field(
            "state",
            Text("项目状态", "State"),
            kind=Kind.CODE,
            codes=LibraryState,
            headings=("状态", "建设状态"),
        ),
        Field(
            "state_on",
            Text("状态日期", "State since"),
            kind=Kind.DATE,
            headings=("状态起始日期", "状态变更日期"),
        ),
        Field(
            "people",
            Text("受益人数", "People who gain"),
            kind=Kind.NUMBER,
            unit="人",
            headings=("受益人口", "受益人次"),
            minimum=0,
        ),
        Field(
            "villages", Text("其他受益村", "Other villages"), headings=("受益村", "涉及村"), max_length=500
        ),
        Field(
            "links",
            Text("关联设施", "Linked features"),
            headings=("关联设施编号", "关联要素"),
            max_length=500,
        ),
        Field("note", Text("备注", "Note"), headings=("说明", "建设内容"), max_length=1000),
        Field(
            "wkt",
            Text("线或面（WKT）", "Line or area (WKT)"),
            headings=("WKT", "线或面", "空间范围", "线面坐标", "geometry"),
            max_length=LONGEST_CELL,
        ),
    ),
)
"""What a project is; without a code it is a new one."""

REPORT_SHEET = FeatureType(
    id="report_sheet",
    title=Text("进度月报表", "Monthly reports"),
    geometry=Geometry.NONE,
    key=("code",),
    fields=(
        Field(
            "code",
            Text("项目编号", "Project code"),
            required=True,
            headings=("编号", "项目代码", "项目编码"),
            max_length=20,
        ),
        Field("name", Text("项目名称", "Project name"), headings=("项目", "工程名称", "名称"), max_length=80),
        Field(
            "period",
            Text("填报月份", "Month"),
            required=True,
            headings=("月份", "报送月份", "年月"),
            max_length=30,
        ),
        Field(
            "percent",
            Text("形象进度", "Physical progress"),
            kind=Kind.NUMBER,
            unit="%",
            required=True,
            headings=("进度", "累计进度", "完成比例", "工程进度"),
            minimum=0,
            maximum=100,
        ),
        Field(
            "paid_yuan",
            Text("累计支付", "Paid so far"),
            kind=Kind.MONEY,
            unit="元",
            required=True,
            headings=("累计支付资金", "累计拨付", "已支付", "支付金额"),
            minimum=0,
        ),
        Field("milestones", Text("完成的里程碑", "Milestones reached"), headings=("里程碑", "完成节点")),
        Field(
            "note", Text("进展说明", "Note"), headings=("说明", "备注", "工作进展"), max_length=LONGEST_TEXT
        ),
        Field(
            "fall_reason",
            Text("进度回落原因", "Reason of a fall"),
            headings=("回落原因", "下降原因"),
            max_length=LONGEST_TEXT,
        ),
        Field(
            "reported_on",
            Text("填报日期", "Reported on"),
            kind=Kind.DATE,
            headings=("报送日期", "填表日期"),
        ),
    ),
)
"""A month of a project; money and progress are cumulative."""
