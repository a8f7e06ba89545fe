"""What a deployment will do, before it does anything: the lines of `--plan`."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlops.errors import NotFoundError
from jupyter_mlops.images import plan as image_plan
from jupyter_mlops.operations import bases
from jupyter_mlops.operations.assembly import manifest_of
from jupyter_mlops.operations.deployment import ImageParts, Request
from jupyter_mlops.operations.layer_plan import dockerfile_of, layer_lines
from jupyter_mlops.operations.targets import target_of_kind
from jupyter_mlops.records import ImageManifest
from jupyter_mlops.registry import images, locks, models, scripts, services
from jupyter_mlops.storage import Store

__all__ = ["Plan", "plan_deploy", "plan_image"]


@dataclass(frozen=True)
class Plan:
    """What a person reads before saying yes; one line an item."""

    lines: tuple[str, ...]
    dockerfile: str | None = None
    """The text that builds the same; None where nothing runs in a container."""

    def __str__(self) -> str:
        return "\n".join([*self.lines, *(() if self.dockerfile is None else ("", self.dockerfile.rstrip()))])


def plan_deploy(store: Store, request: Request) -> Plan:
    """The plan of a deployment. Raises what the deployment itself would raise before it starts."""
    target = target_of_kind(store, request.target, request.target_name)
    target.check(request.options)
    manifest = _manifest(store, request)
    engine = getattr(target, "engine", None)  # of a target that runs containers
    layers = [] if engine is None else layer_lines(store, manifest, kind=engine)
    lines = (*_image_lines(store, request), *layers, *_script_lines(store, manifest), _service_line(store, request))
    return Plan(lines, None if engine is None else dockerfile_of(store, request.service, manifest))


def plan_image(store: Store, name: str, parts: ImageParts) -> Plan:
    """The plan of an image and its rendering as a container."""
    manifest = manifest_of(store, parts)
    lines = [*_parts_lines(store, name, manifest, None), *layer_lines(store, manifest), *_script_lines(store, manifest)]
    return Plan(tuple(lines), dockerfile_of(store, name, manifest))


def _manifest(store: Store, request: Request) -> ImageManifest:
    if request.image is not None:
        return images.get(store, request.image).manifest
    assert request.parts is not None
    return manifest_of(store, request.parts)


def _image_lines(store: Store, request: Request) -> list[str]:
    manifest = _manifest(store, request)
    return [
        *_parts_lines(store, request.service, manifest, request.image),
        *_base_lines(store, request, manifest),
    ]


def _parts_lines(store: Store, name: str, manifest: ImageManifest, image: str | None) -> list[str]:
    sizes = {f"{part.name}:{part.version}": models.get(store, part.name, part.version).size for part in manifest.models}
    known = [record for record in images.search(store, name=name) if bases.same(record.manifest, manifest)]
    there = image or (known[0].id if known else None)
    made = f"image      {there}, there already" if there else f"image      the next version of {name}"
    return [made, *image_plan.describe(manifest, locks.get(store, manifest.lock), sizes)]


def _base_lines(store: Store, request: Request, manifest: ImageManifest) -> list[str]:
    """What a base of one's own means on the target."""
    target = target_of_kind(store, request.target, request.target_name)
    said = None if getattr(target, "engine", None) else bases.counts_only_in_a_container(manifest, target.kind)
    return [] if said is None else [f"note       {said}"]


def _script_lines(store: Store, manifest: ImageManifest) -> list[str]:
    script = scripts.get(store, manifest.script.digest)
    if script.proof is not None and script.proof.proven and script.proof.lock == manifest.lock:
        return ["proof      done, in this environment; the first worker answers the sample again before traffic"]
    if script.sample_input is None:
        return ["proof      none: the script has no sample (give one with --input)"]
    return ["proof      the first worker must answer the sample before it gets traffic"]


def _service_line(store: Store, request: Request) -> str:
    try:
        known = services.get(store, request.service)
    except NotFoundError:
        return f"service    {request.service}, new, on the target {request.target_name or request.target!r}"
    if known.revision is None:
        return f"service    {request.service}, there, but it never came up: begun again"
    return f"service    {request.service}, there (revision {known.revision}): replaced without downtime"
