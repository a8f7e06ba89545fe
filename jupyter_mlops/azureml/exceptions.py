"""The exceptions of `azureml.exceptions`, as ours.

Azure raised `WebserviceException` for all that went wrong with models, images and services; so the name stands for
all of ours, and `except WebserviceException as error: print(error.message)` does what it did.
"""

from __future__ import annotations

from jupyter_mlops.errors import (
    ImageError,
    MlopsError,
    NotFoundError,
    UsageError,
    WorkspaceError,
)

__all__ = [
    "AuthenticationException",
    "AzureMLException",
    "ComputeTargetException",
    "ExperimentExecutionException",
    "ImageException",
    "ModelNotFoundException",
    "ModelPathNotFoundException",
    "ProjectSystemException",
    "RunConfigurationException",
    "RunEnvironmentException",
    "ServiceException",
    "SnapshotException",
    "TrainingException",
    "UserErrorException",
    "WebserviceException",
    "WorkspaceException",
]

AzureMLException = MlopsError
WebserviceException = MlopsError
ComputeTargetException = MlopsError
AuthenticationException = MlopsError
ExperimentExecutionException = MlopsError
ProjectSystemException = MlopsError
TrainingException = MlopsError
RunEnvironmentException = MlopsError
ServiceException = MlopsError
SnapshotException = MlopsError
ImageException = ImageError
ModelNotFoundException = NotFoundError
ModelPathNotFoundException = NotFoundError
UserErrorException = UsageError
RunConfigurationException = UsageError
WorkspaceException = WorkspaceError
