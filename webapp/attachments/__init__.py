"""Attachments of any topic's rows: taken in, looked through by the worker, shown and served under the row's rules."""
