"""Code lists: the standards' codes with their names and the spellings that departments use."""

from enum import StrEnum
from typing import Self

from i18n import Text


class CodeList(StrEnum):
    """An enumeration whose members are codes with a Chinese and an English name.

    A member is written ``NAME = "code", "中文", "English", "alias", …``; the value is the code.
    """

    text: Text
    aliases: tuple[str, ...]

    def __new__(cls, code: str, zh: str, en: str, *aliases: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.text = Text(zh, en)
        member.aliases = aliases
        return member

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def of(cls, code: str) -> Self:
        """Return the member with that code (ValueError if there is none)."""
        for member in cls:
            if member.value == code:
                return member
        raise ValueError(f"{code!r} is not in {cls.__name__}")


class AdminLevel(CodeList):
    """Administrative levels; the number of leading digits of the 12-digit code is `digits`."""

    CITY = "city", "市", "city"
    COUNTY = "county", "县（市、区）", "county", "县", "区", "县级"
    TOWNSHIP = "township", "乡镇（街道）", "township", "乡镇", "镇", "乡", "街道", "镇级"
    VILLAGE = "village", "行政村（社区）", "village", "行政村", "村", "社区", "村级"

    @property
    def digits(self) -> int:
        """Digits of the statistical code that name a unit of this level."""
        return {"city": 4, "county": 6, "township": 9, "village": 12}[self.value]


class AdminKind(CodeList):
    """What a unit is: the plan's 80 are towns and ethnic townships, its 5 are streets."""

    CITY = "city", "地级市", "city"
    COUNTY = "county", "县级", "county-level unit"
    TOWN = "town", "乡镇", "town", "镇", "乡", "民族乡"
    STREET = "street", "街道", "street", "街道办事处"
    OTHER = "other", "其他统计单元", "other statistical unit", "开发区", "林场", "农场", "保护区"
    VILLAGE = "village", "行政村", "administrative village", "村委会", "村民委员会"
    COMMUNITY = "community", "社区", "community", "居委会", "社区居委会", "居民委员会"


class VillageType(CodeList):
    """Village types for planning (plan clause 12, 分类推进村庄建设)."""

    CLUSTERED = "clustered", "集聚提升类", "clustered growth", "集聚提升", "集聚提升型"
    SUBURBAN = "suburban", "城郊融合类", "suburban", "城郊融合", "城郊融合型"
    HERITAGE = "heritage", "特色保护类", "heritage", "特色保护", "特色保护型"
    RELOCATION = "relocation", "搬迁撤并类", "relocation", "搬迁撤并", "搬迁撤并型"
    OTHER = "other", "其他类", "other", "其他", "一般村"


class Role(CodeList):
    """Who uses Xiangtu."""

    LEADER = "leader", "领导", "leader"
    PLANNER = "planner", "规划人员", "planner"
    LAND_REVIEWER = "land_reviewer", "用地审查", "land reviewer"
    HOUSING_OFFICER = "housing_officer", "住建危房专员", "housing officer"
    CLERK = "clerk", "镇级填报员", "township clerk"
    DATA_STEWARD = "data_steward", "数据管理员", "data steward"
    AUDITOR = "auditor", "审计", "auditor"
    ADMIN = "admin", "系统管理员", "administrator"


class WorksType(CodeList):
    """Types of water supply works (SL 310; 规模化 = 千吨万人)."""

    INTEGRATED = "integrated", "城乡一体化", "urban-rural integrated", "城乡一体化供水", "城市管网延伸"
    LARGE = "large", "规模化", "large scale", "规模化供水", "千吨万人", "千吨万人工程"
    SMALL = "small", "小型集中", "small central", "小型集中供水", "小型集中式", "单村供水"
    DISPERSED = "dispersed", "分散", "dispersed", "分散供水", "分散式", "分散式供水"


class WaterSource(CodeList):
    """Water sources."""

    RIVER = "river", "河流", "river", "江河", "江河水"
    RESERVOIR = "reservoir", "水库", "reservoir", "水库水", "山塘"
    SPRING = "spring", "山泉", "spring", "泉水", "山泉水", "山溪水"
    GROUND = "ground", "地下水", "groundwater", "井水", "深井"


class WaterQuality(CodeList):
    """Result of the last water-quality test (GB 5749)."""

    PASS = "pass", "合格", "pass", "达标"
    FAIL = "fail", "不合格", "fail", "不达标"


class OperatingState(CodeList):
    """Whether a facility works."""

    RUNNING = "running", "运行", "running", "正常", "在用", "运行中", "正常运行"
    REPAIR = "repair", "维修", "under repair", "检修", "维修中"
    STOPPED = "stopped", "停用", "stopped", "停运", "废弃", "关停"
    BUILDING = "building", "在建", "being built", "建设中"


class PipeMaterial(CodeList):
    """Pipe materials."""

    PE = "pe", "PE", "PE", "PE管", "聚乙烯"
    PVC = "pvc", "PVC", "PVC", "PVC管", "UPVC"
    DUCTILE_IRON = "ductile_iron", "球墨铸铁", "ductile iron", "铸铁", "球墨铸铁管"
    STEEL = "steel", "钢管", "steel", "钢", "镀锌管"


class RoadClass(CodeList):
    """Administrative classes of roads (GB/T 917)."""

    NATIONAL = "G", "国道", "national", "G国道"
    PROVINCIAL = "S", "省道", "provincial", "S省道"
    COUNTY = "X", "县道", "county", "X县道"
    TOWNSHIP = "Y", "乡道", "township", "Y乡道"
    VILLAGE = "C", "村道", "village", "C村道"


class TechnicalClass(CodeList):
    """Technical classes of roads (JTG B01)."""

    EXPRESSWAY = "expressway", "高速公路", "expressway", "高速"
    FIRST = "1", "一级", "class 1", "一级公路", "Ⅰ级"
    SECOND = "2", "二级", "class 2", "二级公路", "Ⅱ级"
    THIRD = "3", "三级", "class 3", "三级公路", "Ⅲ级"
    FOURTH = "4", "四级", "class 4", "四级公路", "Ⅳ级"
    SUBSTANDARD = "sub", "等外", "substandard", "等外公路", "等外路"


class Surface(CodeList):
    """Road surfaces; cement and asphalt count as hardened."""

    CEMENT = "cement", "水泥", "cement", "水泥混凝土", "混凝土", "水泥路"
    ASPHALT = "asphalt", "沥青", "asphalt", "沥青混凝土", "柏油", "沥青路"
    GRAVEL = "gravel", "砂石", "gravel", "碎石", "砂石路", "沙石"
    EARTH = "earth", "土路", "earth", "泥路", "土", "无路面"


HARDENED_SURFACES = (Surface.CEMENT, Surface.ASPHALT)
"""Hardened = cement or asphalt (plan clause 12)."""


class Condition(CodeList):
    """Condition of a road (JTG 5210: 优 良 中 次 差)."""

    EXCELLENT = "excellent", "优", "excellent"
    GOOD = "good", "良", "good", "良好"
    FAIR = "fair", "中", "fair", "一般"
    POOR = "poor", "次", "poor", "较差"
    BAD = "bad", "差", "bad"


class Operator(CodeList):
    """Telecom operators."""

    MOBILE = "mobile", "中国移动", "China Mobile", "移动"
    TELECOM = "telecom", "中国电信", "China Telecom", "电信"
    UNICOM = "unicom", "中国联通", "China Unicom", "联通"
    BROADNET = "broadnet", "中国广电", "China Broadnet", "广电", "广电网络"


class RadioTechnology(CodeList):
    """Radio generations of base stations."""

    G2 = "2G", "2G", "2G"
    G3 = "3G", "3G", "3G"
    G4 = "4G", "4G", "4G", "LTE"
    G5 = "5G", "5G", "5G", "NR"


class HouseGrade(CodeList):
    """Danger grades of rural houses (JGJ 125): C partly, D wholly dangerous."""

    A = "A", "A级", "grade A", "Ａ", "A级安全"
    B = "B", "B级", "grade B", "Ｂ", "B级基本安全"
    C = "C", "C级", "grade C", "Ｃ", "C级局部危险", "局部危险"
    D = "D", "D级", "grade D", "Ｄ", "D级整体危险", "整体危险"


class HouseStructure(CodeList):
    """Structures of rural houses."""

    EARTH = "earth", "土坯", "earth", "泥砖", "土木", "夯土", "生土"
    BRICK_TIMBER = "brick_timber", "砖木", "brick and timber", "砖木结构"
    BRICK_CONCRETE = "brick_concrete", "砖混", "brick and concrete", "砖混结构"
    FRAME = "frame", "框架", "concrete frame", "钢混", "钢筋混凝土", "框架结构"
    STONE = "stone", "石砌", "stone", "石木", "石结构"


class HouseState(CodeList):
    """States of a house under the renovation scheme."""

    FOUND = "found", "排查", "found", "已排查"
    APPRAISED = "appraised", "鉴定", "appraised", "已鉴定"
    PLANNED = "planned", "列入计划", "planned", "已列入计划"
    UNDER_WAY = "under_way", "改造中", "under way", "在建", "施工中"
    ACCEPTED = "accepted", "竣工验收", "accepted", "已竣工", "已验收", "竣工"
    OCCUPIED = "occupied", "入住", "occupied", "已入住"
    DEMOLISHED = "demolished", "拆除", "demolished", "已拆除"
    RELOCATED = "relocated", "搬迁", "relocated", "已搬迁"


class IncomeCategory(CodeList):
    """Low-income categories of a household (plan clause 5)."""

    NONE = "none", "一般户", "none", "非低收入", "普通户"
    MINIMUM_LIVING = "minimum_living", "低保户", "minimum living", "农村低保", "低保", "低保对象"
    DESTITUTE = "destitute", "特困户", "destitute", "农村特困", "特困", "特困人员", "五保户"
    LOW_INCOME = "low_income", "低收入家庭", "low income", "低收入", "低保边缘"
    SUDDEN_HARDSHIP = "sudden_hardship", "突发严重困难户", "sudden hardship", "突发困难", "突发困难户"


class ConsolidationKind(CodeList):
    """Kinds of land consolidation projects (plan clause 17)."""

    WHOLE_AREA = "whole_area", "全域土地综合整治", "whole-area consolidation", "全域整治"
    HIGH_STANDARD = "high_standard", "高标准农田", "high-standard farmland", "高标准农田建设"
    DRY_TO_PADDY = "dry_to_paddy", "旱改水", "dry land to paddy", "旱地改水田"
    RECLAMATION = "reclamation", "拆旧复垦", "reclamation of old sites", "复垦"
    LINKED_QUOTA = "linked_quota", "增减挂钩", "linked increase and decrease", "城乡建设用地增减挂钩"


class LandUse(CodeList):
    """The three main kinds of land that classes belong to (GB/T 21010-2017, annex A)."""

    AGRICULTURAL = "agricultural", "农用地", "agricultural land"
    CONSTRUCTION = "construction", "建设用地", "construction land"
    UNUSED = "unused", "未利用地", "unused land"


class LandGroup(CodeList):
    """First-level classes of GB/T 21010-2017; land-cover rasters hold these numbers."""

    FARMLAND = "01", "耕地", "farmland"
    PLANTATION = "02", "园地", "plantations"
    WOODLAND = "03", "林地", "woodland"
    GRASSLAND = "04", "草地", "grassland"
    COMMERCE = "05", "商服用地", "commerce and services"
    INDUSTRY = "06", "工矿仓储用地", "industry, mining and storage"
    HOUSING = "07", "住宅用地", "housing"
    PUBLIC = "08", "公共管理与公共服务用地", "public administration and services"
    SPECIAL = "09", "特殊用地", "special land"
    TRANSPORT = "10", "交通运输用地", "transport"
    WATER = "11", "水域及水利设施用地", "water and hydraulic structures"
    OTHER = "12", "其他土地", "other land"


class LandClass(CodeList):
    """Second-level land classes of GB/T 21010-2017, all 73; 101 is read as 0101, as spreadsheets cut it."""

    PADDY = "0101", "水田", "paddy", "灌溉水田", "0101水田", "101"
    IRRIGATED = "0102", "水浇地", "irrigated land", "0102水浇地", "102"
    DRY = "0103", "旱地", "dry land", "0103旱地", "103"
    ORCHARD = "0201", "果园", "orchard", "0201果园", "201"
    TEA = "0202", "茶园", "tea plantation", "0202茶园", "202"
    RUBBER = "0203", "橡胶园", "rubber plantation", "0203橡胶园", "203"
    OTHER_PLANTATION = "0204", "其他园地", "other plantation", "0204其他园地", "204"
    FOREST = "0301", "乔木林地", "forest", "有林地", "0301乔木林地", "301"
    BAMBOO = "0302", "竹林地", "bamboo grove", "竹林", "0302竹林地", "302"
    MANGROVE = "0303", "红树林地", "mangrove", "0303红树林地", "303"
    FOREST_SWAMP = "0304", "森林沼泽", "forest swamp", "0304森林沼泽", "304"
    SHRUB = "0305", "灌木林地", "shrubland", "灌木林", "0305灌木林地", "305"
    SHRUB_SWAMP = "0306", "灌丛沼泽", "shrub swamp", "0306灌丛沼泽", "306"
    OTHER_WOODLAND = "0307", "其他林地", "other woodland", "0307其他林地", "307"
    NATURAL_PASTURE = "0401", "天然牧草地", "natural pasture", "0401天然牧草地", "401"
    SWAMP_MEADOW = "0402", "沼泽草地", "swamp meadow", "0402沼泽草地", "402"
    ARTIFICIAL_PASTURE = "0403", "人工牧草地", "artificial pasture", "0403人工牧草地", "403"
    OTHER_GRASS = "0404", "其他草地", "other grassland", "荒草地", "0404其他草地", "404"
    RETAIL = "0501", "零售商业用地", "retail", "0501零售商业用地", "501"
    WHOLESALE = "0502", "批发市场用地", "wholesale market", "0502批发市场用地", "502"
    CATERING = "0503", "餐饮用地", "catering", "0503餐饮用地", "503"
    HOTEL = "0504", "旅馆用地", "hotel", "0504旅馆用地", "504"
    OFFICE = "0505", "商务金融用地", "business and finance", "0505商务金融用地", "505"
    ENTERTAINMENT = "0506", "娱乐用地", "entertainment", "0506娱乐用地", "506"
    OTHER_COMMERCE = "0507", "其他商服用地", "other commerce and services", "0507其他商服用地", "507"
    INDUSTRIAL = "0601", "工业用地", "industrial", "0601工业用地", "601"
    MINING = "0602", "采矿用地", "mining", "0602采矿用地", "602"
    SALT_FIELD = "0603", "盐田", "salt field", "0603盐田", "603"
    STORAGE = "0604", "仓储用地", "storage", "0604仓储用地", "604"
    URBAN_HOUSING = "0701", "城镇住宅用地", "urban housing", "0701城镇住宅用地", "701"
    VILLAGE_SITE = "0702", "农村宅基地", "rural homestead", "宅基地", "0702农村宅基地", "702"
    GOVERNMENT = "0801", "机关团体用地", "government and associations", "0801机关团体用地", "801"
    PRESS = "0802", "新闻出版用地", "press and publishing", "0802新闻出版用地", "802"
    EDUCATION = "0803", "教育用地", "education", "0803教育用地", "803"
    RESEARCH = "0804", "科研用地", "research", "0804科研用地", "804"
    HEALTH = "0805", "医疗卫生用地", "health care", "0805医疗卫生用地", "805"
    WELFARE = "0806", "社会福利用地", "social welfare", "0806社会福利用地", "806"
    CULTURE = "0807", "文化设施用地", "culture", "0807文化设施用地", "807"
    SPORT = "0808", "体育用地", "sport", "0808体育用地", "808"
    UTILITY = "0809", "公用设施用地", "utilities", "0809公用设施用地", "809"
    PARK = "0810", "公园与绿地", "parks and green space", "0810公园与绿地", "810"
    MILITARY = "0901", "军事设施用地", "military", "0901军事设施用地", "901"
    EMBASSY = "0902", "使领馆用地", "embassies and consulates", "0902使领馆用地", "902"
    PRISON = "0903", "监教场所用地", "prisons", "0903监教场所用地", "903"
    RELIGION = "0904", "宗教用地", "religion", "0904宗教用地", "904"
    FUNERAL = "0905", "殡葬用地", "funeral", "0905殡葬用地", "905"
    SCENIC = "0906", "风景名胜设施用地", "scenic facilities", "0906风景名胜设施用地", "906"
    RAILWAY = "1001", "铁路用地", "railway", "1001铁路用地"
    RAIL_TRANSIT = "1002", "轨道交通用地", "rail transit", "1002轨道交通用地"
    HIGHWAY = "1003", "公路用地", "highway", "1003公路用地"
    STREET = "1004", "城镇村道路用地", "street of a town or village", "1004城镇村道路用地"
    STATION = "1005", "交通服务场站用地", "transport station", "1005交通服务场站用地"
    RURAL_ROAD = "1006", "农村道路", "rural road", "1006农村道路"
    AIRPORT = "1007", "机场用地", "airport", "1007机场用地"
    PORT = "1008", "港口码头用地", "port", "1008港口码头用地"
    PIPELINE = "1009", "管道运输用地", "pipeline transport", "1009管道运输用地"
    RIVER = "1101", "河流水面", "river", "1101河流水面"
    LAKE = "1102", "湖泊水面", "lake", "1102湖泊水面"
    RESERVOIR = "1103", "水库水面", "reservoir", "1103水库水面"
    POND = "1104", "坑塘水面", "pond", "坑塘", "鱼塘", "1104坑塘水面"
    COASTAL_FLAT = "1105", "沿海滩涂", "coastal flat", "1105沿海滩涂"
    INLAND_FLAT = "1106", "内陆滩涂", "inland flat", "1106内陆滩涂"
    DITCH = "1107", "沟渠", "ditch", "1107沟渠"
    MARSH = "1108", "沼泽地", "marsh", "1108沼泽地"
    WATERWORKS = "1109", "水工建筑用地", "hydraulic structures", "1109水工建筑用地"
    GLACIER = "1110", "冰川及永久积雪", "glacier and permanent snow", "1110冰川及永久积雪"
    VACANT = "1201", "空闲地", "vacant land", "1201空闲地"
    FARM_FACILITY = "1202", "设施农用地", "farm facilities", "设施农业用地", "1202设施农用地"
    RIDGE = "1203", "田坎", "field ridge", "1203田坎"
    SALINE = "1204", "盐碱地", "saline land", "1204盐碱地"
    SAND = "1205", "沙地", "sand", "1205沙地"
    BARE = "1206", "裸土地", "bare soil", "1206裸土地"
    BARE_ROCK = "1207", "裸岩石砾地", "bare rock and gravel", "1207裸岩石砾地"

    @property
    def group(self) -> LandGroup:
        """Its first-level class."""
        return LandGroup.of(self.value[:2])

    @property
    def is_farmland(self) -> bool:
        """Whether it is farmland 耕地 (01)."""
        return self.group is LandGroup.FARMLAND

    @property
    def use(self) -> LandUse:
        """Agricultural, construction or unused land."""
        if self.value in _UNUSED_LAND:
            return LandUse.UNUSED
        built = "05" <= self.value[:2] <= "10" and self.value != "1006"
        return LandUse.CONSTRUCTION if built or self.value in ("1109", "1201") else LandUse.AGRICULTURAL


_UNUSED_LAND = ("0404", "1101", "1102", "1105", "1106", "1108", "1110", "1204", "1205", "1206", "1207")


class ProjectState(CodeList):
    """States of a consolidation project."""

    PROPOSED = "proposed", "申报", "proposed", "拟建"
    APPROVED = "approved", "立项", "approved", "已立项", "已批复"
    UNDER_WAY = "under_way", "实施中", "under way", "在建", "施工中"
    ACCEPTED = "accepted", "验收", "accepted", "已验收", "通过验收"
    CANCELLED = "cancelled", "终止", "cancelled", "撤销"


class LibraryState(CodeList):
    """States of a project of the library; allowed changes are `analysis.progress.states`."""

    PLANNED = "planned", "储备", "planned", "拟建", "前期"
    APPROVED = "approved", "立项", "approved", "已立项", "已批复"
    STARTED = "started", "在建", "started", "施工中", "开工", "实施中"
    SUSPENDED = "suspended", "停工", "suspended", "暂停", "缓建"
    FINISHED = "finished", "完工", "finished", "已完工", "竣工"
    ACCEPTED = "accepted", "验收", "accepted", "已验收", "通过验收"
    CANCELLED = "cancelled", "终止", "cancelled", "取消", "撤销"


class QuotaKind(CodeList):
    """Kinds of construction-land quota that the ledger keeps (plan clause 17)."""

    SCALE = "scale", "建设用地规模", "construction-land scale", "规模"
    RESERVE = "reserve", "乡村振兴预留规模", "scale reserved for revitalisation", "预留规模", "预留"
    ANNUAL = "annual", "新增建设用地计划指标", "annual quota of new construction land", "计划指标"
    SAVED = "saved", "增减挂钩节余指标", "quota saved by consolidation", "节余指标"
    FARMLAND = "farmland", "补充耕地指标", "quota of supplementary farmland", "占补平衡指标"


class QuotaEntry(CodeList):
    """What an entry of the ledger does."""

    ISSUED = "issued", "下达", "issued"
    SAVED = "saved", "节余入库", "saved"
    MOVED = "moved", "调剂", "moved"
    ALLOTTED = "allotted", "安排", "allotted"
    RETURNED = "returned", "退回", "returned"
    EXPIRED = "expired", "失效", "expired"
    REVERSED = "reversed", "冲正", "reversed"


class QuotaBook(CodeList):
    """Whether an entry has happened, or is planned and shown beside what has."""

    ACTUAL = "actual", "实际", "actual"
    PLANNED = "planned", "计划", "planned"


class QuotaBucket(CodeList):
    """Where quota of a unit is; what comes from outside is the counterpart and may be negative."""

    OUTSIDE = "outside", "来源", "outside"
    AVAILABLE = "available", "可用", "available"
    ALLOTTED = "allotted", "已安排", "allotted"
    EXPIRED = "expired", "已失效", "expired"


class ParcelKind(CodeList):
    """How land is supplied; 点状供地 is supply by building footprint."""

    ORDINARY = "ordinary", "普通地块", "ordinary parcel", "普通", "片状供地"
    SPOT = "spot", "点状供地", "spot supply", "点状"


class ParcelUse(CodeList):
    """What a parcel is for; saved quota goes to `RURAL_USES` first (plan clause 17)."""

    VILLAGE = "village", "村庄建设", "village development", "村庄发展", "农民建房"
    INDUSTRY = "industry", "乡村产业", "rural industry", "产业", "农村产业融合"
    PUBLIC = "public", "公共服务设施", "public services", "公共服务", "基础设施"
    TOURISM = "tourism", "乡村旅游", "rural tourism", "旅游"
    URBAN = "urban", "城镇建设", "urban development", "城镇"
    OTHER = "other", "其他用途", "other", "其他"


RURAL_USES = (ParcelUse.VILLAGE, ParcelUse.INDUSTRY)
"""Uses that saved collective quota goes to first; another one asks for a reason."""


class ReviewState(CodeList):
    """States of a parcel under review (domain rule 4)."""

    DRAFT = "draft", "未报审", "not submitted"
    SUBMITTED = "submitted", "待县级审查", "awaiting the county"
    EXAMINED = "examined", "待市级批准", "awaiting the city"
    APPROVED = "approved", "已批准", "approved"
    RETURNED = "returned", "已退回", "returned"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"


class GrowthZone(CodeList):
    """Zones inside an urban growth boundary (TD/T 1065)."""

    CONCENTRATED = "concentrated", "城镇集中建设区", "concentrated building zone", "集中建设区"
    ELASTIC = "elastic", "城镇弹性发展区", "elastic zone", "弹性发展区"
    SPECIAL = "special", "特别用途区", "special-use zone", "特殊用途区"


class HazardKind(CodeList):
    """Kinds of geological hazard (GB/T 32864)."""

    LANDSLIDE = "landslide", "滑坡", "landslide"
    ROCKFALL = "rockfall", "崩塌", "rockfall"
    DEBRIS_FLOW = "debris_flow", "泥石流", "debris flow"
    COLLAPSE = "collapse", "地面塌陷", "ground collapse", "岩溶塌陷"
    SUBSIDENCE = "subsidence", "地面沉降", "subsidence"
    FISSURE = "fissure", "地裂缝", "ground fissure"
    UNSTABLE_SLOPE = "unstable_slope", "不稳定斜坡", "unstable slope", "斜坡"


class FarmlandChange(CodeList):
    """How farmland drifts (domain rule 5)."""

    NON_FARM = "non_farm", "非农化", "to non-farm use"
    NON_GRAIN = "non_grain", "非粮化", "to non-grain use"


class FarmlandVerdict(CodeList):
    """What became of a change that was found."""

    OPEN = "open", "待核实", "to be verified"
    CONFIRMED = "confirmed", "属实", "confirmed"
    DISMISSED = "dismissed", "排除", "dismissed"


class Need(CodeList):
    """What a natural village may be short of, as far as a project can mend it (plan clauses 3 and 12)."""

    ROAD = "road", "通硬化路", "hardened road"
    WATER = "water", "集中供水", "piped water"
    MOBILE_4G = "mobile_4g", "4G 信号", "4G signal"
    MOBILE_5G = "mobile_5g", "5G 信号", "5G signal"
    HOUSING = "housing", "住房安全", "safe housing"


class CandidateKind(CodeList):
    """Kinds of candidate projects; `need` is what they mend."""

    ROAD_LINK = "road_link", "自然村通硬化路", "road link"
    MAINS_EXTENSION = "mains_extension", "供水管网延伸", "extension of mains"
    NEW_WORKS = "new_works", "新建集中供水", "new water works"
    BASE_STATION_4G = "base_station_4g", "新建 4G 基站", "new 4G station"
    BASE_STATION_5G = "base_station_5g", "新建 5G 基站", "new 5G station"
    HOUSE_RENOVATION = "house_renovation", "危房改造", "renovation of houses"

    @property
    def need(self) -> Need:
        """The need that projects of this kind mend."""
        return Need.of(
            {
                "road_link": "road",
                "mains_extension": "water",
                "new_works": "water",
                "base_station_4g": "mobile_4g",
                "base_station_5g": "mobile_5g",
                "house_renovation": "housing",
            }[self.value]
        )

    @property
    def layer_id(self) -> str:
        """The layer that projects of this kind are about."""
        return {
            Need.ROAD: "roads",
            Need.WATER: "water_supply",
            Need.MOBILE_4G: "broadband",
            Need.MOBILE_5G: "broadband",
            Need.HOUSING: "dangerous_housing",
        }[self.need]


class WorkKind(CodeList):
    """Kinds of projects in the library: what candidates become, and what else departments build (plan clause 22)."""

    ROAD_LINK = "road_link", "自然村通硬化路", "road link", "通硬化路", "村道硬化", "自然村道路硬化"
    ROAD_UPGRADE = (
        "road_upgrade",
        "农村道路提升",
        "road upgrade",
        "道路提升",
        "道路拓宽",
        "单改双",
        "道路改造",
    )
    ROAD_SAFETY = "road_safety", "道路安防与危桥改造", "road safety and bridges", "安防工程", "危桥改造"
    MAINS_EXTENSION = "mains_extension", "供水管网延伸", "extension of mains", "管网延伸"
    NEW_WORKS = "new_works", "新建集中供水", "new water works", "新建水厂", "集中供水工程"
    WORKS_UPGRADE = "works_upgrade", "水厂提升改造", "upgrade of water works", "水厂改造", "水厂扩建"
    BASE_STATION_4G = "base_station_4g", "新建 4G 基站", "new 4G station", "4G基站"
    BASE_STATION_5G = "base_station_5g", "新建 5G 基站", "new 5G station", "5G基站"
    FIBRE = "fibre", "光纤到村", "fibre to the village", "光纤入户", "宽带进村", "光网改造"
    HOUSE_RENOVATION = "house_renovation", "危房改造", "renovation of houses", "农村危房改造"
    CUT_SLOPE = "cut_slope", "削坡建房整治", "works at cut slopes", "削坡建房", "削坡建房风险点整治"
    LAND_CONSOLIDATION = "land_consolidation", "全域土地综合整治", "whole-area consolidation", "土地整治"
    HIGH_STANDARD_FARMLAND = (
        "high_standard_farmland",
        "高标准农田建设",
        "high-standard farmland",
        "高标准农田",
    )
    RECLAMATION = "reclamation", "拆旧复垦", "reclamation of old sites", "复垦", "增减挂钩"
    LOGISTICS = "logistics", "农村物流网点", "rural logistics point", "物流网点", "村级物流点"
    CLINIC = "clinic", "卫生站建设", "village clinic", "村卫生站"
    OTHER = "other", "其他", "other", "其他项目", "综合"

    @property
    def layer_id(self) -> str:
        """The layer that projects of this kind are about; `other` belongs to none of them."""
        return _LAYERS_OF_WORKS.get(self.value, "other")


_LAYERS_OF_WORKS = {
    "road_link": "roads",
    "road_upgrade": "roads",
    "road_safety": "roads",
    "mains_extension": "water_supply",
    "new_works": "water_supply",
    "works_upgrade": "water_supply",
    "base_station_4g": "broadband",
    "base_station_5g": "broadband",
    "fibre": "broadband",
    "house_renovation": "dangerous_housing",
    "cut_slope": "dangerous_housing",
    "land_consolidation": "land_consolidation",
    "high_standard_farmland": "land_consolidation",
    "reclamation": "land_consolidation",
    "logistics": "logistics_points",
    "clinic": "clinics",
}


class FundSource(CodeList):
    """Where a project's money comes from (plan clause 22)."""

    CENTRAL = "central", "中央资金", "central funds", "中央"
    PROVINCIAL = "provincial", "省级资金", "provincial funds", "省级", "省"
    CITY = "city", "市级资金", "city funds", "市级", "市"
    COUNTY = "county", "县级资金", "county funds", "县级", "县"
    OTHER = "other", "社会及自筹", "social and own funds", "社会资本", "自筹", "村集体"


class RasterKind(CodeList):
    """Kinds of rasters; `source_id` names one where feature types are named too."""

    ELEVATION = "elevation", "高程栅格", "Elevation raster"
    POPULATION = "population", "人口栅格", "Population raster"
    LAND_COVER_BEFORE = "land_cover_before", "土地覆盖栅格（前期）", "Land-cover raster, earlier edition"
    LAND_COVER_AFTER = "land_cover_after", "土地覆盖栅格（后期）", "Land-cover raster, later edition"

    @property
    def is_classes(self) -> bool:
        """Whether its values are numbers of classes (`LandGroup`), which cannot be averaged."""
        return self in (RasterKind.LAND_COVER_BEFORE, RasterKind.LAND_COVER_AFTER)

    @property
    def source_id(self) -> str:
        """Its name among the sources of indicators and the versions of data."""
        return f"raster_{self.value}"


class RecordKind(CodeList):
    """What the program itself keeps and indicators are computed of; `source_id` as that of rasters."""

    PROJECTS = "project_progress", "项目库与进度月报", "Project library and monthly reports"

    @property
    def source_id(self) -> str:
        """Its name among the sources of indicators and the versions of data."""
        return self.value
