"""The application of the Django project."""

from __future__ import annotations
