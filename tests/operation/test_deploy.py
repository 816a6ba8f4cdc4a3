"""The unit, the container and the proxy of docs/deploy give the program no right it does not need."""

from __future__ import annotations

import configparser
import re
from dataclasses import fields
from pathlib import Path

from webapp.config import Settings

DEPLOY = Path(__file__).parent.parent.parent / "docs" / "deploy"


def _unit(name: str) -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name)
    return dict(parser["Service"])


def test_the_unit_runs_as_its_own_user_and_writes_to_one_folder() -> None:
    unit = _unit("sunmao.service")
    assert unit["User"] == "sunmao"
    assert unit["ProtectSystem"] == "strict"
    assert unit["ReadWritePaths"] == "/var/lib/sunmao"
    assert unit["CapabilityBoundingSet"] == ""
    assert set(unit["RestrictAddressFamilies"].split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}
    assert all(unit[name] == "true" for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"))


def test_settings_named_in_the_examples_exist() -> None:
    known = {field.name.upper() for field in fields(Settings)}
    for path in DEPLOY.iterdir():
        assert set(re.findall(r"SUNMAO_([A-Z_]+)", path.read_text())) <= known, path.name


def test_the_container_takes_the_program_only_and_runs_without_root() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]}
    assert not copied & {".", ".git", "tests", "var", "docs"}
    assert "USER sunmao" in lines
    assert all((DEPLOY.parent.parent / name).exists() for name in copied)


def test_the_proxy_offers_no_old_tls_and_passes_the_address_it_saw() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    assert re.search(r"ssl_protocols TLSv1.2 TLSv1.3;", text)
    assert "X-Forwarded-For $remote_addr" in text
