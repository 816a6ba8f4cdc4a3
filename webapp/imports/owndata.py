"""What imports hold of a person, for the export of one's own data."""

from __future__ import annotations

from webapp.accounts.owndata import lists
from webapp.imports.models import ImportBatch

lists(
    "imports", ImportBatch.created_by_id, ImportBatch.kind, ImportBatch.source, ImportBatch.file_name, ImportBatch.state, ImportBatch.created_at,
    ImportBatch.finished_at,
)  # fmt: skip
