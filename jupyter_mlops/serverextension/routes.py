"""Every route: a path of `openapi.yaml`, its methods, and what does them. A test holds the two to each other."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jupyter_mlops.serverextension import (
    asking,
    deployments,
    images,
    kernels,
    lineage,
    models,
    operations,
    scripts,
    services,
    targets,
    verbs,
    workspace,
)
from jupyter_mlops.serverextension.asked import Action

__all__ = ["PREFIX", "ROUTES", "pattern"]

PREFIX = "/jupyter-mlops"

ROUTES: Mapping[str, Mapping[str, tuple[str, Action]]] = {
    "/workspace": {"GET": ("getWorkspace", workspace.show)},
    "/workspaces": {"GET": ("listWorkspaces", workspace.show_all)},
    "/models": {"GET": ("listModels", models.search), "POST": ("registerModel", models.register)},
    "/models/{name}/{version}": {
        "GET": ("getModel", models.show),
        "PATCH": ("labelModel", models.COMMON.label),
        "DELETE": ("deleteModel", models.COMMON.delete),
    },
    "/models/{name}/{version}/files": {"GET": ("listModelFiles", models.files)},
    "/models/{name}/{version}/used-by": {"GET": ("listModelUsers", models.COMMON.used_by)},
    "/images": {"GET": ("listImages", images.search), "POST": ("buildImage", images.build)},
    "/images/{name}/{version}": {
        "GET": ("getImage", images.show),
        "PATCH": ("labelImage", images.COMMON.label),
        "DELETE": ("deleteImage", images.COMMON.delete),
    },
    "/images/{name}/{version}/diff": {"GET": ("diffImages", images.diff)},
    "/images/{name}/{version}/log": {"GET": ("getImageLog", images.log)},
    "/images/{name}/{version}/used-by": {"GET": ("listImageUsers", images.COMMON.used_by)},
    "/scripts": {"GET": ("listScripts", scripts.search)},
    "/scripts/{script}": {"GET": ("getScript", scripts.show)},
    "/services": {"GET": ("listServices", services.search), "POST": ("deploy", deployments.deploy)},
    "/plan": {"POST": ("planDeployment", deployments.plan)},
    "/services/{name}": {
        "GET": ("getService", services.show),
        "PATCH": ("labelService", services.label),
        "DELETE": ("deleteService", deployments.delete),
    },
    "/services/{name}/update": {"POST": ("updateService", deployments.update)},
    "/services/{name}/roll-back": {"POST": ("rollBackService", deployments.roll_back)},
    "/services/{name}/reload": {"POST": ("reloadService", services.reload)},
    "/services/{name}/start": {"POST": ("startService", services.start)},
    "/services/{name}/keys": {"POST": ("revealKeys", asking.keys)},
    "/services/{name}/keys/regenerate": {"POST": ("regenerateKey", asking.regenerate)},
    "/services/{name}/logs": {"GET": ("getLogs", asking.logs)},
    "/services/{name}/metrics": {"GET": ("getMetrics", asking.metrics)},
    "/services/{name}/test": {"POST": ("testService", asking.test)},
    "/services/{name}/swagger": {"GET": ("getSwagger", asking.swagger)},
    "/operations": {"GET": ("listOperations", operations.search)},
    "/operations/{id}": {"GET": ("getOperation", operations.show)},
    "/operations/{id}/cancel": {"POST": ("cancelOperation", operations.cancel)},
    "/targets": {"GET": ("listTargets", targets.search)},
    "/kernel": {"POST": ("describeKernel", kernels.about)},
    "/environments": {"GET": ("listEnvironments", workspace.environments)},
    "/verbs": {"GET": ("listVerbs", verbs.table)},
    "/magic": {"POST": ("makeMagic", verbs.make)},
    "/lineage": {"GET": ("getLineage", lineage.graph)},
    "/events": {"GET": ("getEvents", workspace.events)},
}


def pattern(path: str) -> str:
    """Tornado's pattern of a path, under the server's base URL: `{name}` is any one part."""
    return PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
