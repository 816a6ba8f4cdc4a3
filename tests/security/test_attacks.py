"""What an attacker tries with a browser and a script: forged forms, foreign ids, stolen and forged cookies, other hosts, redirects, races."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from tests import makers
from tests.catalog.world import result_values
from tests.security import world as worlds
from webapp.access import ROUTES
from webapp.accounts.models import Membership
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core.db import Database
from webapp.core.outbox import Job

# Routes a form's token does not guard, each with the reason.
WITHOUT_TOKEN = {
    "messages.unsubscribed": "the signed link is the right to do it, so that mail programs may call it",
}
ELSEWHERE = (
    "https://evil.test", "//evil.test", "/\\evil.test", "\\\\evil.test", "///evil.test", "http:evil.test", "javascript:alert(1)",
    "/%0d%0aSet-Cookie:x=1", "/\r\nSet-Cookie: x=1", "/\t/evil.test", "https:/evil.test", "/.evil.test@evil.test",
)  # fmt: skip


@pytest.fixture
def guarded(app: Any) -> Any:
    """The application with its form tokens on, as it runs."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def world(database: Database) -> worlds.World:
    """One row of every kind and everybody."""
    with database.transaction() as session:
        return worlds.build(session)


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def test_every_form_is_refused_without_its_token(
    guarded: Any, database: Database, world: worlds.World, sign_in: Callable[..., None]
) -> None:
    cookie = worlds.cookies(guarded, world, ["operator"], sign_in)["operator"]
    guarded.database = dry = worlds.Dry(database)
    guarded.config["PROPAGATE_EXCEPTIONS"] = False
    client, accepted = guarded.test_client(), []
    for rule in guarded.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in WITHOUT_TOKEN:
            continue
        need = ROUTES[rule.endpoint]
        dry.written = set()
        client.set_cookie("sunmao", cookie)
        answer = client.post(worlds.address(rule, need, world.numbers), data={"title": "x"})
        if answer.status_code not in (302, 400, 403, 404, 415) or dry.written:
            accepted.append(f"{rule.rule}: {answer.status_code} {dry.written or ''}")
        elif answer.status_code == 302 and "/sign-in" not in answer.headers["Location"]:
            accepted.append(f"{rule.rule}: sent on to {answer.headers['Location']}")
    assert accepted == []


def test_a_token_of_another_browser_is_refused(guarded: Any, world: worlds.World, sign_in: Callable[..., None]) -> None:
    mine, theirs = guarded.test_client(), guarded.test_client()
    sign_in(mine, world.people["company_user"])
    sign_in(theirs, world.people["company_user elsewhere"])
    token = _token(theirs.get("/demands/new").text)
    assert mine.post("/notices/read", data={"csrf_token": token}).status_code == 400
    assert theirs.post("/notices/read", data={"csrf_token": token}).status_code == 302


@pytest.mark.parametrize("number", ["0", "-1", "999999999", "9223372036854775808", "1e3", "１", "1%20or%201=1", "%00"])
def test_made_up_numbers_find_nothing(client: Any, world: worlds.World, sign_in: Callable[..., None], number: str) -> None:
    sign_in(client, world.people["researcher elsewhere"])
    for place in ("results", "demands", "licences", "tasks", "imports", "attachments"):
        answer = client.get(f"/{place}/{number}")
        assert answer.status_code in (403, 404), f"/{place}/{number}"


def test_a_swapped_id_in_a_form_changes_nobody_elses_rows(
    client: Any, database: Database, world: worlds.World, sign_in: Callable[..., None]
) -> None:
    """Every number a form may carry names a row of the other organisation."""
    sign_in(client, world.people["tto elsewhere"])
    foreign = {name: str(world.rows[Result].id) for name in ("id", "result_id", "row", "membership", "notice", "objection_id", "organisation_id")}
    with database.transaction(write=False) as session:
        before = session.get_one(Result, world.rows[Result].id).title
        theirs = session.scalars(select(Membership.id).where(Membership.person_id == world.people["operator"].id)).one()
    client.post("/acting-for", data=foreign | {"membership": str(theirs)})
    client.post("/results/new", data=foreign | {"title": "改名"})
    client.post("/notices/read", data=foreign)
    assert client.get("/admin/health").status_code == 403
    with database.transaction(write=False) as session:
        assert session.get_one(Result, world.rows[Result].id).title == before


def test_fields_a_form_does_not_have_are_not_taken(
    client: Any, database: Database, world: worlds.World, sign_in: Callable[..., None]
) -> None:
    sign_in(client, world.people["researcher"])
    typed = {name: value for name, value in result_values().items() if isinstance(value, str)}
    stolen = world.people["researcher elsewhere"]
    typed |= {
        "industry_code": "marine", "stage": "", "trl": "", "modes": "LICENSE", "price_kind": "NEGOTIABLE", "price": "", "confidentiality": "0",
        "use_first_offered": "", "trial_months": "", "state": "PUBLISHED", "published_at": "2020-01-01", "organisation_id": "1",
        "created_by_id": str(stolen.id if stolen else 0), "version": "99", "is_example": "1", "verified_at": "2020-01-01", "id": "4711",
        "source": "stolen", "external_id": "stolen", "changed_by": "stolen", "field_levels": "{}", "sealed": "1",
    }  # fmt: skip
    answer = client.post("/results/new", data=typed)
    assert answer.status_code == 302, answer.text
    with database.transaction(write=False) as session:
        row = session.scalars(select(Result).order_by(Result.id.desc())).unique().first()
        person = world.people["researcher"]
        assert row is not None
        assert person is not None
        assert (row.state, row.published_at, row.source, row.external_id) == ("DRAFT", None, "web", None)
        home = session.scalars(select(Membership.organisation_id).where(Membership.person_id == person.id)).one()
        assert (row.created_by_id, row.organisation_id, row.is_example) == (person.id, home, False)
        assert row.id != 4711
        assert row.changed_by == person.name


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(client: Any, world: worlds.World, sign_in: Callable[..., None], target: str) -> None:
    sign_in(client, world.people["company_user"])
    for path, data in (("/language", {"language": "en"}), ("/theme", {"theme": "dark"}), ("/notices/read", {})):
        answer = client.post(path, data=data | {"next": target})
        assert answer.status_code == 302
        assert re.match(r"/(?![/\\])", answer.headers["Location"]), f"{path} sends to {answer.headers['Location']}"
        assert "Set-Cookie: x" not in str(answer.headers)
        assert "\t" not in answer.headers["Location"]


def test_signing_in_sends_to_no_other_site(client: Any, world: worlds.World) -> None:
    person = world.people["company_user"]
    for target in ELSEWHERE:
        answer = client.post("/sign-in", query_string={"next": target}, data={"email": person.email if person else "", "password": "password"})
        place = answer.headers.get("Location", "/")
        assert not re.match(r"(?:[a-z]+:)?[/\\]{2}|[a-z]+:", place), f"{target} led to {place}"


def test_a_cookie_signed_with_another_key_is_a_visitors(client: Any, world: worlds.World) -> None:
    person = world.people["operator"]
    forged = URLSafeTimedSerializer("guessed", salt="cookie-session").dumps({"_user_id": person.fs_uniquifier if person else ""})
    client.set_cookie("sunmao", forged)
    assert "/sign-in" in client.get("/admin/health").headers.get("Location", "")


def test_a_tampered_cookie_is_a_visitors(client: Any, world: worlds.World, sign_in: Callable[..., None]) -> None:
    sign_in(client, world.people["operator"])
    assert client.get("/admin/health").status_code == 200
    good = client.get_cookie("sunmao").value
    for bad in (good[:-4] + "AAAA", "A" + good[1:], good.split(".")[0], ""):
        client.set_cookie("sunmao", bad)
        assert client.get("/admin/health").status_code == 302, bad


def test_a_planted_session_does_not_become_the_victims(app: Any, world: worlds.World) -> None:
    attacker, victim = app.test_client(), app.test_client()
    attacker.get("/sign-in")
    planted = attacker.get_cookie("sunmao")
    if planted is not None:
        victim.set_cookie("sunmao", planted.value)
    person = world.people["company_user"]
    victim.post("/sign-in", data={"email": person.email if person else "", "password": "password"})
    assert attacker.get("/mine").status_code == 302
    assert planted is None or victim.get_cookie("sunmao").value != planted.value


def test_a_foreign_host_name_reaches_no_link(client: Any) -> None:
    for page in ("/", "/results", "/sign-in", "/mine"):
        answer = client.get(page, headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"})
        assert "evil.test" not in answer.text
        assert "evil.test" not in answer.headers.get("Location", "")


def test_behind_tls_another_host_name_is_not_answered(settings: Settings) -> None:
    from dataclasses import replace

    from webapp import create_app

    site = create_app(replace(settings, secure_cookies=True, public_url="https://sunmao.example.org"), TESTING=True)
    client = site.test_client()
    assert client.get("/sign-in", headers={"Host": "evil.test"}, base_url="https://evil.test").status_code == 400
    answer = client.get("/sign-in", base_url="https://sunmao.example.org")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-sunmao=") for cookie in cookies)
    assert all("Secure" in cookie and "SameSite=Lax" in cookie and "HttpOnly" in cookie and "Path=/" in cookie for cookie in cookies)
    site.database.dispose()


def test_every_answer_carries_the_policy_of_the_site(client: Any) -> None:
    for path in ("/", "/results", "/sign-in", "/nothing-here", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "'unsafe" not in policy
        assert all(part in policy for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"))
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


def test_two_who_approve_at_once_approve_once(app: Any, database: Database, sign_in: Callable[..., None]) -> None:
    with database.transaction() as session:
        row = makers.demand(session, state="SUBMITTED", published_at=None)
        brokers = [makers.person(session, "broker") for _ in range(2)]
        number, version = row.id, row.version
    start, answers = threading.Barrier(2), []

    def approve(person: Any) -> None:
        client = app.test_client()
        sign_in(client, person)
        start.wait()
        data = {"note": "电话核实", "version": str(version), "how": "PHONE", "verified_how": "PHONE"}
        answers.append(client.post(f"/demands/{number}/act/verify", data=data).status_code)

    threads = [threading.Thread(target=approve, args=(person,)) for person in brokers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    from webapp.core.audit import AuditEvent

    with database.transaction(write=False) as session:
        done = session.scalars(select(AuditEvent).where(AuditEvent.action == "demand:verify", AuditEvent.subject_id == number)).all()
        assert len(done) <= 1
        assert session.get_one(Demand, number).state == ("OPEN" if done else "SUBMITTED")
        assert session.scalars(select(Job).where(Job.model == "demand", Job.row_id == number, Job.kind == "index")).all() or not done
    assert all(status < 500 for status in answers)
    assert len(done) == 1


def test_pages_of_signed_in_people_are_stored_nowhere(client: Any, world: worlds.World, sign_in: Callable[..., None]) -> None:
    sign_in(client, world.people["broker"])
    for path in ("/matches", "/notices", f"/demands/{world.rows[Demand].id}"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


def test_signing_out_clears_what_the_browser_keeps(client: Any, world: worlds.World, sign_in: Callable[..., None]) -> None:
    sign_in(client, world.people["broker"])
    assert client.post("/sign-out").headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get("/").headers


def test_a_refusal_is_logged_with_who_and_where(
    client: Any, world: worlds.World, sign_in: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    person = world.people["researcher"]
    sign_in(client, person)
    client.get("/admin/health")
    client.get("/results/99%0aforged line")
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("refused ")]
    assert any(f"person {person.id if person else 0}" in line and "/admin/health" in line for line in lines)
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/static/", "/static/../config.py", "/static/%2e%2e/config.py", "/var/secret-key", "/sunmao.db"])
def test_paths_that_are_none_of_our_pages_give_nothing_away(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (308, 404), path
    assert "secret" not in answer.text.lower()
    assert client.open("/", method="TRACE").status_code == 405


def test_a_forwarded_address_counts_only_behind_a_named_proxy(settings: Settings) -> None:
    from dataclasses import replace

    from flask import request

    from webapp import create_app

    for proxies, expected in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        site = create_app(replace(settings, proxies=proxies), TESTING=True)
        seen: list[str | None] = []
        site.before_request(lambda seen=seen: seen.append(request.remote_addr))
        site.test_client().get("/sign-in", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
        assert seen == [expected]
        site.database.dispose()
