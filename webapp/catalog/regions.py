"""Regions a row belongs to, read from the place people write: the districts of Qingdao, the rest of Shandong, elsewhere."""

from __future__ import annotations

from webapp.core.errors import N_

HOME = "370211"
# Codes of GB/T 2260; the last two are ours.
REGIONS = {
    HOME: N_("西海岸新区"),
    "370202": N_("市南区"),
    "370203": N_("市北区"),
    "370212": N_("崂山区"),
    "370213": N_("李沧区"),
    "370214": N_("城阳区"),
    "370215": N_("即墨区"),
    "370281": N_("胶州市"),
    "370283": N_("平度市"),
    "370285": N_("莱西市"),
    "3702": N_("青岛市"),
    "37": N_("山东其他地市"),
    "other": N_("山东以外"),
}
_PLACES = {
    HOME: ("西海岸新区", "黄岛区", "黄岛", "胶南", "薛家岛", "唐岛湾", "灵山湾", "古镇口", "海西湾", "董家口", "中德生态园", "前湾", "west coast"),
    "370202": ("市南区",), "370203": ("市北区", "四方区"), "370212": ("崂山区", "崂山"), "370213": ("李沧区", "李沧"),
    "370214": ("城阳区", "城阳", "红岛", "高新区青岛"), "370215": ("即墨区", "即墨市", "即墨", "蓝谷"), "370281": ("胶州市", "胶州"),
    "370283": ("平度市", "平度"), "370285": ("莱西市", "莱西"), "3702": ("青岛", "qingdao"),
    "37": (
        "山东", "济南", "淄博", "枣庄", "东营", "烟台", "潍坊", "济宁", "泰安", "威海", "日照", "临沂", "德州", "聊城", "滨州", "菏泽", "shandong",
    ),
    "other": (
        "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "河南", "湖北", "湖南",
        "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "台湾",
    ),
}  # fmt: skip


def region_of(*places: str | None) -> str:
    """The region of the first place that names one, the smallest first; empty when none does."""
    for place in places:
        written = (place or "").casefold()
        found = next((code for code, words in _PLACES.items() if any(word in written for word in words)), "")
        if found:
            return found
    return ""
