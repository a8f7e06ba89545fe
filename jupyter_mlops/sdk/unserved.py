"""Classes of Azure ML v1 whose services run where nothing of ours runs yet: they say so when they are used."""

from __future__ import annotations

from typing import NoReturn

from jupyter_mlops.errors import UnsupportedError

__all__ = ["AciWebservice", "AksWebservice", "IotWebservice"]

_INSTEAD = "LocalWebservice.deploy_configuration() or ProcessWebservice.deploy_configuration() runs it on this machine"


class _Unserved:
    """Imports, and refuses every use."""

    place = ""

    def __init__(self, *arguments: object, **options: object):
        self._refuse()

    @classmethod
    def deploy_configuration(cls, *arguments: object, **options: object) -> NoReturn:
        """Not served yet. Raises `UnsupportedError`."""
        cls._refuse()

    @classmethod
    def list(cls, *arguments: object, **options: object) -> NoReturn:
        """Not served yet. Raises `UnsupportedError`."""
        cls._refuse()

    @classmethod
    def _refuse(cls) -> NoReturn:
        raise UnsupportedError(f"{cls.__name__} is not served yet: nothing runs on {cls.place}", hint=_INSTEAD)


class AciWebservice(_Unserved):
    """Azure Container Instances: not served yet."""

    place = "Azure Container Instances"


class AksWebservice(_Unserved):
    """Kubernetes: not served yet."""

    place = "Kubernetes"


class IotWebservice(_Unserved):
    """Edge devices: not served yet."""

    place = "edge devices"
