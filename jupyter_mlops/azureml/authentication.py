"""The classes of `azureml.core.authentication`: nobody logs in anywhere, and they say so once."""

from __future__ import annotations

from typing import NoReturn

from jupyter_mlops.errors import UnsupportedError
from jupyter_mlops.sdk.notices import say_once

__all__ = [
    "AbstractAuthentication",
    "AzureCliAuthentication",
    "InteractiveLoginAuthentication",
    "MsiAuthentication",
    "ServicePrincipalAuthentication",
]


class AbstractAuthentication:
    """Keeps none of what it is given."""

    def __init__(self, *arguments: object, **options: object):
        say_once(f"{type(self).__name__}: no login is needed here; nothing of what it was given is kept", stacklevel=3)

    def get_authentication_header(self) -> NoReturn:
        """Raises `UnsupportedError`: there is nothing to log in to."""
        raise UnsupportedError(
            f"{type(self).__name__} is not served: there is nothing to log in to",
            hint="a service's own keys: service.get_keys()",
        )

    get_token = get_authentication_header

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class InteractiveLoginAuthentication(AbstractAuthentication):
    """No login is needed here."""


class AzureCliAuthentication(AbstractAuthentication):
    """No login is needed here."""


class MsiAuthentication(AbstractAuthentication):
    """No login is needed here."""


class ServicePrincipalAuthentication(AbstractAuthentication):
    """No login is needed here."""
