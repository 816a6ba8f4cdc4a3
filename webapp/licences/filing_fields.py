"""The fields of the registration form for technology contracts: what the platform knows of them, and the rule of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from webapp.core import clock
from webapp.core.errors import N_
from webapp.licences import contract_payment, money
from webapp.licences.fields import Reader
from webapp.licences.values import CONTRACT_FIELDS, IP_CLASSES, PARTY_NATURES, PAYMENT_MODELS

if TYPE_CHECKING:
    from webapp.licences.models import Licence
    from webapp.licences.service_sums import Sums

FIELDS = (
    "project", "valid_from", "valid_to", "signed_on", "seller", "seller_country", "seller_region", "seller_nature", "buyer", "buyer_country",
    "buyer_region", "buyer_nature", "category", "technology", "ip_class", "source", "goal", "payment", "contract_value", "technology_value",
    "added_input", "added_output",
)  # fmt: skip
LABELS = {
    "project": N_("项目名称"), "valid_from": N_("有效期起"), "valid_to": N_("有效期止"), "signed_on": N_("签订日期"), "seller": N_("卖方"), "buyer": N_("买方"),
    "payment": N_("支付方式"), "contract_value": N_("合同成交额（元）"), "technology_value": N_("技术交易额（元）"),
}  # fmt: skip
HOME_REGION = "370211"


def known(licence: Licence, sums: Sums) -> dict[str, str]:
    """What the form begins with."""
    signed = licence.effective_on or clock.today()
    end = licence.trial_end or clock.add_months(signed, licence.trial_months)
    return {
        "project": licence.result.title, "valid_from": signed.isoformat(), "valid_to": end.isoformat(), "signed_on": signed.isoformat(),
        "seller": licence.licensor.name, "buyer": licence.licensee.name, "seller_country": "156", "buyer_country": "156", "seller_region": HOME_REGION,
        "buyer_region": HOME_REGION, "seller_nature": "022", "buyer_nature": "150", "category": "LICENSE", "payment": PAYMENT_MODELS[licence.payment_model],
        "contract_value": money.write_yuan(sums.contract_value), "technology_value": money.write_yuan(sums.technology_value),
    }  # fmt: skip


def read(data: Mapping[str, Any]) -> dict[str, str]:
    """The fields as typed, each by its rule; sums and dates stay the platform's own."""
    reader = Reader(data)
    found = {name: reader.text(name, most=200) for name in FIELDS if name not in OWN}
    for side in ("seller", "buyer"):
        for name, size in (("country", 3), ("region", 6)):
            if not re.fullmatch(rf"[0-9]{{{size}}}", found[f"{side}_{name}"]):
                reader.faults[f"{side}_{name}"] = N_("请填写国别 3 位、区划 6 位数字代码。")
        found[f"{side}_nature"] = reader.choice(f"{side}_nature", PARTY_NATURES)
    found["technology"], found["ip_class"] = reader.choice("technology", CONTRACT_FIELDS), reader.choice("ip_class", IP_CLASSES)
    for name in ("added_input", "added_output"):
        if found[name] and money.read_wan(found[name]) is None:
            reader.faults[name] = N_("请用万元填写金额，只写数字，最多 6 位小数。")
    reader.done()
    return found


# These follow the licence and its books and are not typed.
OWN = ("project", "valid_from", "valid_to", "signed_on", "seller", "buyer", "category", "payment", "contract_value", "technology_value")


def table(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """The fields by their names on the authority's form, with the codes as they are sent."""
    words = contract_payment.phrases()
    return [(words[f"filing_{name}"], values.get(name, "")) for name in FIELDS]


NAMED = {"seller_nature": PARTY_NATURES, "buyer_nature": PARTY_NATURES, "technology": CONTRACT_FIELDS, "ip_class": IP_CLASSES}


def lines(values: Mapping[str, str]) -> str:
    """The same for reading: a code with its name."""
    words = contract_payment.phrases()
    shown = {name: " ".join(filter(None, (values.get(name, ""), NAMED[name].get(values.get(name, ""), "")))) for name in NAMED}
    shown["category"] = words["filing_licence"]
    return "\n".join(
        words["filing_line"].format(label=label, value=shown.get(name, value) or "—") for name, (label, value) in zip(FIELDS, table(values), strict=True)
    )
