"""A small Django project whose SCIM endpoint is the library django-scim2."""

from __future__ import annotations

import os
import sys
from typing import Any

import django
from django.conf import settings

TOKEN = "django-token"


class Caller:
    """Who asks: the library wants no more of a user."""

    def __init__(self, known: bool) -> None:
        self.is_authenticated = known
        self.is_anonymous = not known


class Bearer:
    """Lets those in who have the token."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Say who asks, and go on."""
        request.user = Caller(request.headers.get("Authorization") == f"Bearer {TOKEN}")
        return self.get_response(request)


if not settings.configured:
    settings.configure(
        SECRET_KEY="only for tests",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "staff"],
        MIDDLEWARE=[f"{__name__}.Bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["STAFF_DB"]}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        AUTH_USER_MODEL="staff.Employee",
        USE_TZ=True,
        SCIM_SERVICE_PROVIDER={
            "NETLOC": "localhost",
            "SCHEME": "http",
            "GROUP_MODEL": "staff.models.Crew",
            "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "A token"}],
            "WWW_AUTHENTICATE_HEADER": "Bearer",
        },
    )
    sys.modules.setdefault("django_project", sys.modules[__name__])
    django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

urlpatterns = [path("scim/v2/", include("django_scim.urls", namespace="scim"))]
call_command("migrate", run_syncdb=True, verbosity=0)
application = get_wsgi_application()
