"""Imports every table once, so that migrations and mappers know all of them."""

import webapp.accounts.models
import webapp.accounts.nda
import webapp.brokers.models
import webapp.catalog.models
import webapp.core.audit
import webapp.core.files
import webapp.core.outbox
import webapp.core.retention
import webapp.core.worker
import webapp.discovery.models
import webapp.figures.models
import webapp.imports.models
import webapp.licences.models
import webapp.licences.models_money
import webapp.licences.models_papers
import webapp.matches.models
import webapp.messages.models
import webapp.tasks.models  # noqa: F401
