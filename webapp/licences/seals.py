"""The port for a provider of electronic seals: told a text's hash and a side, later asked whether that side sealed that hash."""

from __future__ import annotations

from typing import Protocol


class SealProvider(Protocol):
    """What the platform needs of a provider; adapters register one at start."""

    def sealed(self, reference: str, text_hash: str, uscc: str) -> bool:
        """Whether the provider's record `reference` is a valid seal of the organisation with this code over this hash."""
        ...


_providers: list[SealProvider] = []


def register(provider: SealProvider) -> None:
    """Seals of this provider count from now on."""
    _providers.append(provider)


def forget(provider: SealProvider) -> None:
    """Seals of this provider count no more."""
    _providers.remove(provider)


def available() -> bool:
    """Whether any provider is connected."""
    return bool(_providers)


def sealed(reference: str, text_hash: str, uscc: str) -> bool:
    """Whether any provider knows this record as the organisation's seal over this hash."""
    return any(provider.sealed(reference, text_hash, uscc) for provider in _providers)
