"""Catalogues of texts; Chinese is the source language, English stands in en/LC_MESSAGES/messages.po."""
