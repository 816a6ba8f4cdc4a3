"""The home page: what is wanted most, of what a visitor may see, and no empty figures on a new site."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from tests import makers


def test_the_industries_most_demands_are_of_are_named_with_their_number(session: Session, client: Any) -> None:
    makers.industry(session)
    makers.industry(session, "biomed", "生物医药", "Biomedicine")
    makers.demand(session, industry_code="biomed")
    for _ in range(2):
        makers.demand(session, industry_code="marine")
    makers.demand(session, industry_code="biomed", confidentiality=3)
    makers.demand(session, industry_code="biomed", state="DRAFT")
    session.commit()
    page = client.get("/").text
    assert re.findall(r'industry=(\w+)">([^<]+)</a>', page) == [("marine", "船舶海工 2"), ("biomed", "生物医药 1")]
    assert client.get("/demands?industry=marine").text.count("示例需求") >= 2


def test_a_new_site_shows_how_it_works_and_no_zeros(session: Session, client: Any) -> None:
    page = client.get("/").text
    assert "sm-fact" not in page
    assert not re.search(r"[^\d]0 (项|条)", page)
    assert "企业正在找" not in page
    assert page.count("sm-pic") >= 4
    assert "您可以第一个发布" in page


def test_a_site_with_results_only_has_no_tile_of_no_demands(session: Session, client: Any) -> None:
    makers.result(session)
    session.commit()
    page = client.get("/").text
    assert "公开成果" in page
    assert "在寻需求" not in page
