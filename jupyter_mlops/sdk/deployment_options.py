"""`deploy_configuration(…)`: where a service shall run, and with which options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import wraps
from typing import Any

from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.sdk.filters import text_values
from jupyter_mlops.sdk.listing import line

__all__ = [
    "DeploymentConfiguration",
    "docker_configuration",
    "local_configuration",
    "process_configuration",
    "told_options",
]


@dataclass(frozen=True, kw_only=True, repr=False)
class DeploymentConfiguration:
    """What `Webservice` classes' `deploy_configuration` returns. `target` None: the deployment's target decides."""

    target: str | None = None
    options: ServiceOptions = field(default_factory=ServiceOptions)
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)

    def validate_configuration(self) -> None:
        """The target checks the options when it is asked to deploy."""

    def __repr__(self) -> str:
        return line(
            "DeploymentConfiguration",
            target=self.target,
            options=told_options(self.options),
            description=self.description,
            tags=self.tags,
            properties=self.properties,
        )


def told_options(options: ServiceOptions) -> dict[str, Any]:
    """The options that are not at their defaults, without the values of environment variables: they may be secrets."""
    default = ServiceOptions()
    changed = {
        option.name: getattr(options, option.name)
        for option in fields(ServiceOptions)
        if getattr(options, option.name) != getattr(default, option.name)
    }
    if options.environment_variables:
        changed["environment_variables"] = sorted(options.environment_variables)
    return changed


def local_configuration(port: int | None = None, *, hot_reload: bool = False) -> DeploymentConfiguration:
    """On this machine; `port` None: a free one."""
    return DeploymentConfiguration(target="local", options=ServiceOptions(port=port, hot_reload=hot_reload))


def process_configuration(
    port: int | None = None,
    *,
    host: str | None = None,
    auth_enabled: bool = True,
    workers: int | None = None,
    threads: int | None = None,
    preload: bool = False,
    cpu_cores: float | None = None,
    memory_gb: float | None = None,
    gpu_cores: int | None = None,
    replicas: int | None = None,
    batch_max_size: int | None = None,
    batch_max_wait_ms: int | None = None,
    scoring_timeout_ms: int | None = None,
    init_timeout_s: int | None = None,
    replica_max_concurrent_requests: int | None = None,
    max_request_wait_time: int | None = None,
    max_body_bytes: int | None = None,
    cors_origins: Sequence[str] = (),
    enable_app_insights: bool = False,
    collect_model_data: bool = False,
    hot_reload: bool = False,
    ssl_cert_file: str | None = None,
    ssl_key_file: str | None = None,
    environment_variables: Mapping[str, str] | None = None,
    description: str | None = None,
    tags: Mapping[str, object] | None = None,
    properties: Mapping[str, object] | None = None,
) -> DeploymentConfiguration:
    """In processes of this machine, without a container.

    Times are milliseconds (`init_timeout_s` seconds), sizes bytes; None leaves the target's default. An option that
    the target cannot honour is refused, by name, when the service is deployed.
    """
    options = ServiceOptions(
        port=port,
        host=host,
        auth_enabled=auth_enabled,
        workers=workers,
        threads=threads,
        preload=preload,
        cpu_cores=cpu_cores,
        memory_gb=memory_gb,
        gpu_cores=gpu_cores,
        replicas=replicas,
        batch_max_size=batch_max_size,
        batch_max_wait_ms=batch_max_wait_ms,
        scoring_timeout_ms=scoring_timeout_ms,
        init_timeout_s=init_timeout_s,
        replica_max_concurrent_requests=replica_max_concurrent_requests,
        max_request_wait_time=max_request_wait_time,
        max_body_bytes=max_body_bytes,
        cors_origins=tuple(cors_origins),
        enable_app_insights=enable_app_insights,
        collect_model_data=collect_model_data,
        hot_reload=hot_reload,
        ssl_cert_file=ssl_cert_file,
        ssl_key_file=ssl_key_file,
        environment_variables=dict(environment_variables or {}),
    )
    return DeploymentConfiguration(
        target="process",
        options=options,
        description=description,
        tags=text_values(tags),
        properties=text_values(properties),
    )


@wraps(process_configuration)
def docker_configuration(*arguments: Any, **options: Any) -> DeploymentConfiguration:
    """In containers of a Docker engine; the same options, and `cpu_cores`, `memory_gb`, `gpu_cores` of each replica."""
    return replace(process_configuration(*arguments, **options), target="docker")
