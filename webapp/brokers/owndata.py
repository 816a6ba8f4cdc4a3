"""What a broker's pages hold of a person, for the export of one's own data, and what goes when an account is closed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.owndata import erases, lists
from webapp.brokers.models import BrokerProfile, Certificate, Training, Visit

lists(
    "broker_profile", BrokerProfile.person_id, BrokerProfile.about, BrokerProfile.level, BrokerProfile.fields, BrokerProfile.industries,
    BrokerProfile.capacity, BrokerProfile.is_public, BrokerProfile.suspended_at,
)  # fmt: skip
lists(
    "broker_certificates", Certificate.person_id, Certificate.kind, Certificate.title, Certificate.issuer, Certificate.number, Certificate.issued_on,
    Certificate.expires_on, Certificate.verified_at,
)  # fmt: skip
lists("broker_training", Training.person_id, Training.title, Training.organiser, Training.hours, Training.ended_on, Training.high_level)
lists("visits", Visit.person_id, Visit.organisation_id, Visit.visited_on, Visit.people, Visit.summary, Visit.next_step, Visit.created_at)


@erases
def _forget(session: Session, person: Person) -> None:
    """The profile is emptied and leaves the register; certificates lose their numbers."""
    for profile in session.scalars(select(BrokerProfile).where(BrokerProfile.person_id == person.id)).unique():
        profile.about, profile.is_public, profile.fields, profile.industries = "", False, [], []
    for certificate in session.scalars(select(Certificate).where(Certificate.person_id == person.id)):
        certificate.number = f"closed-{certificate.id}"
