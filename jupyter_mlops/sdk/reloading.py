"""`service.reload()`: the script as it is now, into the service as it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlops.errors import ServiceError, UsageError
from jupyter_mlops.sdk.container_rendering import Told
from jupyter_mlops.sdk.inference import InferenceConfig
from jupyter_mlops.sdk.preparation import script_of

if TYPE_CHECKING:
    from jupyter_mlops.records import ScriptRecord
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = ["reload"]


def reload(service: Webservice, config: InferenceConfig | None) -> list[str]:
    """Capture the script again and serve it; what was said on the way. Raises what `operations.reloading` raises."""
    from jupyter_mlops.operations import reloading

    if service.revision is None:
        raise ServiceError(f"service {service.name!r} never came up", hint="deploy it again")
    if not service.options.hot_reload:
        raise UsageError(
            f"service {service.name!r} was deployed without hot_reload, its script cannot be reloaded",
            hint="update it with hot_reload first, or give the changed script to an ordinary update",
        )
    told = Told()
    reloading.reload(service.workspace.store, service.name, _script(service, config), told)
    return told.lines


def _script(service: Webservice, config: InferenceConfig | None) -> ScriptRecord:
    """That of the config; with none, the files that it was deployed from, else the newest script of its name."""
    from jupyter_mlops.capture.provenance import provenance
    from jupyter_mlops.operations import sources
    from jupyter_mlops.registry import scripts

    store, origin = service.workspace.store, provenance()
    models = [model._record for model in service.models]
    if config is not None:
        return script_of(store, service.name, models, config, origin)
    known = sources.recall(store, service.name)
    if known is not None:
        return script_of(store, service.name, models, InferenceConfig(**known), origin)  # type: ignore[arg-type]
    image = service.image
    assert image is not None
    return scripts.get(store, image.manifest.script.name)
