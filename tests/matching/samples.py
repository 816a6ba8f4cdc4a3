"""A few results and demands in our own words, small enough to reason about by hand."""

from datetime import date

from matching import Document, Facts, Figure

TODAY = date(2026, 3, 1)

COATING = Document(
    "coating",
    "石墨烯改性海上风电塔筒防腐涂层",
    "以石墨烯改性环氧树脂制备长效防腐涂层，耐盐雾3000小时，附着力12MPa，已在示例风场挂样两年。",
    ("防腐", "涂层"),
)
THRUSTER = Document(
    "thruster",
    "小型水下机器人用磁耦合推进器",
    "磁耦合密封取代动密封，最大工作水深500米，推进效率67%，适用于网箱巡检。",
    ("水下机器人",),
)
BATTERY = Document(
    "battery",
    "低温锂离子电池电解液配方",
    "零下四十摄氏度容量保持率82%，循环800次后仍在九成以上。",
)
SEAWEED = Document(
    "seaweed",
    "褐藻胶软胶囊制备工艺",
    "以褐藻胶替代明胶，崩解时间12分钟，可连续成型，每小时八万粒。",
)
RESULTS = (COATING, THRUSTER, BATTERY, SEAWEED)

WANTS_COATING = Document(
    "wants-coating",
    "海上风机基础防腐",
    "我公司风机塔筒浪溅区锈蚀严重，希望得到十五年免维护的防腐涂层，附着力不低于10MPa。",
)
WANTS_BATTERY = Document(
    "wants-battery", "极地浮标用低温电池", "需要在零下四十度仍能放电的锂电池，容量保持率不低于80%。"
)
DEMANDS = (WANTS_COATING, WANTS_BATTERY)

RICH_RESULT = Facts(
    industry="船舶海工",
    field="新材料",
    trl=7,
    figures=(Figure("附着力", 12, "MPa"),),
    price_min_fen=30_000_000,
    modes=("licence", "transfer"),
    use_first=True,
    cluster="石油大学",
    updated=date(2026, 2, 1),
)
RICH_DEMAND = Facts(
    industry="船舶海工",
    field="新材料",
    min_trl=6,
    targets=(Figure("附着力", 10, "MPa", ">=", True),),
    budget_max_fen=50_000_000,
    deadline=date(2026, 12, 31),
    modes=("licence",),
    wants_use_first=True,
    cluster="石油大学",
)
