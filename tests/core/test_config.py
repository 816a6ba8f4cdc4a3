"""Settings: typed, prefixed, unknown ones refused; the secret key is made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp import config


def test_a_setting_is_read_from_the_environment_with_its_type() -> None:
    settings = config.load({"SUNMAO_PORT": "8001", "SUNMAO_DEMO": "true", "HOME": "/root"})
    assert settings.port == 8001
    assert settings.demo is True


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"SUNMAO_PROT": "8001"}, "SUNMAO_PROT is no setting"),
        ({"SUNMAO_PORT": "http"}, "expected int"),
        ({"SUNMAO_DEMO": "maybe"}, "expected true or false"),
        ({"SUNMAO_NOTICE_DAY_TYPE": "lunar"}, "expected calendar or working"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(environ: dict[str, str], told: str) -> None:
    with pytest.raises(config.SettingsError, match=told):
        config.load(environ)


def test_every_setting_says_what_it_means() -> None:
    from dataclasses import fields

    assert [item.name for item in fields(config.Settings) if not item.metadata.get("meaning")] == []


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = config.Settings(var=tmp_path / "var")
    first = config.secret_key(settings)
    assert len(first) > 40
    assert config.secret_key(settings) == first
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_plain_postgresql_address_gets_the_driver() -> None:
    assert config.Settings(database_url="postgresql://u@h/d").database == "postgresql+psycopg://u@h/d"
