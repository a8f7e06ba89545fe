"""Which old name is which of ours, and what to use in place of those that are not served. Pure data."""

from __future__ import annotations

__all__ = ["MODULES", "UNSERVED", "unserved"]

_SDK = "jupyter_mlops.sdk"
_OURS = "jupyter_mlops.azureml"

_MODEL = {"Model": f"{_SDK}.model:Model", "InferenceConfig": f"{_SDK}.inference:InferenceConfig"}
_WEBSERVICE = {
    name: f"{_SDK}.webservice:{name}"
    for name in ("AciWebservice", "AksWebservice", "IotWebservice", "LocalWebservice", "Webservice")
}
_IMAGE = {
    "ContainerImage": f"{_SDK}.container_image:ContainerImage",
    "Image": f"{_SDK}.image:Image",
}
_ENVIRONMENT = {
    "CondaDependencies": f"{_SDK}.conda_dependencies:CondaDependencies",
    "Environment": f"{_SDK}.environment:Environment",
}
_COMPUTE = {"AksCompute": f"{_SDK}.compute:AksCompute", "ComputeTarget": f"{_SDK}.compute:ComputeTarget"}
_EXPERIMENT = {"Experiment": f"{_SDK}.experiment:Experiment"}
_RUN = {"Run": f"{_SDK}.run:Run"}
_WORKSPACE = {"Workspace": f"{_SDK}.workspace:Workspace"}
_EXCEPTIONS = {
    name: f"{_OURS}.exceptions:{name}"
    for name in (
        "AuthenticationException",
        "AzureMLException",
        "ComputeTargetException",
        "ExperimentExecutionException",
        "ImageException",
        "ModelNotFoundException",
        "ModelPathNotFoundException",
        "ProjectSystemException",
        "RunEnvironmentException",
        "ServiceException",
        "SnapshotException",
        "RunConfigurationException",
        "TrainingException",
        "UserErrorException",
        "WebserviceException",
        "WorkspaceException",
    )
}
_AUTHENTICATION = {
    name: f"{_OURS}.authentication:{name}"
    for name in (
        "AbstractAuthentication",
        "AzureCliAuthentication",
        "InteractiveLoginAuthentication",
        "MsiAuthentication",
        "ServicePrincipalAuthentication",
    )
}

MODULES: dict[str, dict[str, str]] = {
    "azureml": {},
    "azureml.core": {
        **_MODEL,
        **_WEBSERVICE,
        **_IMAGE,
        **_ENVIRONMENT,
        **_COMPUTE,
        **_EXPERIMENT,
        **_RUN,
        **_WORKSPACE,
        "VERSION": "jupyter_mlops:__version__",
    },
    "azureml.core.authentication": _AUTHENTICATION,
    "azureml.core.compute": {
        **_COMPUTE,
        "ComputeTargetException": f"{_OURS}.exceptions:ComputeTargetException",
    },
    "azureml.core.compute_target": {
        **_COMPUTE,
        "ComputeTargetException": f"{_OURS}.exceptions:ComputeTargetException",
    },
    "azureml.core.compute.aks": {"AksCompute": _COMPUTE["AksCompute"]},
    "azureml.core.container_registry": {"ContainerRegistry": f"{_SDK}.container_registry:ContainerRegistry"},
    "azureml.core.conda_dependencies": {"CondaDependencies": _ENVIRONMENT["CondaDependencies"]},
    "azureml.core.environment": _ENVIRONMENT,
    "azureml.core.experiment": _EXPERIMENT,
    "azureml.core.image": _IMAGE,
    "azureml.core.image.container": {"ContainerImage": _IMAGE["ContainerImage"]},
    "azureml.core.image.image": {"Image": _IMAGE["Image"]},
    "azureml.core.model": _MODEL,
    "azureml.core.run": _RUN,
    "azureml.core.webservice": _WEBSERVICE,
    "azureml.core.webservice.aci": {"AciWebservice": _WEBSERVICE["AciWebservice"]},
    "azureml.core.webservice.aks": {"AksWebservice": _WEBSERVICE["AksWebservice"]},
    "azureml.core.webservice.local": {"LocalWebservice": _WEBSERVICE["LocalWebservice"]},
    "azureml.core.webservice.webservice": {"Webservice": _WEBSERVICE["Webservice"]},
    "azureml.core.workspace": _WORKSPACE,
    "azureml.contrib": {},
    "azureml.contrib.services": {},
    "azureml.contrib.services.aml_request": {
        "AMLRequest": f"{_OURS}.services:AMLRequest",
        "rawhttp": f"{_OURS}.services:rawhttp",
    },
    "azureml.contrib.services.aml_response": {"AMLResponse": f"{_OURS}.services:AMLResponse"},
    "azureml.exceptions": _EXCEPTIONS,
    "azureml.monitoring": {"ModelDataCollector": f"{_OURS}.services:ModelDataCollector"},
}
"""module → name in it → `module:attribute` of ours."""

_TRAIN = "train in the notebook, in a run: Experiment(ws, 'NAME').start_logging()"
_DATA = "read the data in the notebook; Model.register(model=…, sample=X) records what it looks like"
_TARGET = "LocalWebservice.deploy_configuration() runs a service on this machine"

UNSERVED: dict[str, str] = {
    "azureml.automl": _TRAIN,
    "azureml.contrib": _TRAIN,
    "azureml.core.Dataset": _DATA,
    "azureml.core.Datastore": _DATA,
    "azureml.core.Keyvault": "os.environ, or the keyring package, holds secrets",
    "azureml.core.ScriptRunConfig": _TRAIN,
    "azureml.core.compute": _TARGET,
    "azureml.core.dataset": _DATA,
    "azureml.core.datastore": _DATA,
    "azureml.core.keyvault": "os.environ, or the keyring package, holds secrets",
    "azureml.core.profile": "%monitor NAME shows a service's latency and memory",
    "azureml.core.resource_configuration": "give cpu_cores and memory_gb when deploying",
    "azureml.core.runconfig": _TRAIN,
    "azureml.core.script_run_config": _TRAIN,
    "azureml.core.webservice": _TARGET,
    "azureml.data": _DATA,
    "azureml.datadrift": "collect_model_data=True keeps what a service is sent; compare it with the training data",
    "azureml.dataprep": _DATA,
    "azureml.explain": "use the interpret package itself",
    "azureml.interpret": "use the interpret package itself",
    "azureml.pipeline": "call the steps one after another in the notebook, or from CI: jupyter mlops …",
    "azureml.tensorboard": "run tensorboard itself",
    "azureml.train": _TRAIN,
    "azureml.widgets": "run.get_metrics() and %monitor show what the widgets did",
}
"""What to use in place of a name, or of all names below it."""


def unserved(fullname: str) -> str:
    """One line for a name that is not served, with what to use: of the name itself, or of the nearest above it."""
    where, told = fullname, None
    while where and told is None:
        told = UNSERVED.get(where)
        where = where.rpartition(".")[0]
    advice = told or "import jupyter_mlops; help(jupyter_mlops) lists what is there"
    return f"{fullname} is not served by jupyter_mlops: {advice}"
