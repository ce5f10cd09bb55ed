"""An employee and a crew with the columns that django-scim2 asks for."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Crew(AbstractSCIMGroupMixin):
    """A group."""

    name = models.CharField(max_length=150, unique=True)


class Employee(AbstractSCIMUserMixin, AbstractUser):
    """A user."""

    groups = models.ManyToManyField(Crew, blank=True, related_name="user_set")

    @property
    def scim_groups(self) -> models.Manager[Crew]:
        """Where the library looks for groups."""
        return self.groups
