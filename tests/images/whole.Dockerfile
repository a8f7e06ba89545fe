# score, sha256:defe0adbff57. Build it with BuildKit: docker build .

FROM python:3.11-slim@sha256:0123

USER root

RUN --mount=type=secret,id=ca.crt,target=/run/secrets/ca.crt \
    --mount=type=secret,id=pip.conf,target=/run/secrets/pip.conf \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \
    --mount=type=bind,source=wheels,target=/tmp/wheels \
    if [ -s /run/secrets/ca.crt ]; then export PIP_CERT=/run/secrets/ca.crt SSL_CERT_FILE=/run/secrets/ca.crt; fi; if [ -s /run/secrets/pip.conf ]; then export PIP_CONFIG_FILE=/run/secrets/pip.conf; fi && \
    python3 -m venv /opt/mlops/env && \
    /opt/mlops/env/bin/python -m pip install --no-deps --no-compile --find-links /tmp/wheels -r /tmp/requirements.txt && \
    /opt/mlops/env/bin/python -m pip uninstall --yes --quiet pip setuptools && \
    python3 -m compileall -q --invalidation-mode unchecked-hash /opt/mlops/env

RUN --mount=type=secret,id=ca.crt,target=/run/secrets/ca.crt \
    --mount=type=secret,id=pip.conf,target=/run/secrets/pip.conf \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=server-requirements.txt,target=/tmp/requirements.txt \
    if [ -s /run/secrets/ca.crt ]; then export PIP_CERT=/run/secrets/ca.crt SSL_CERT_FILE=/run/secrets/ca.crt; fi; if [ -s /run/secrets/pip.conf ]; then export PIP_CONFIG_FILE=/run/secrets/pip.conf; fi && \
    python3 -m venv /opt/mlops/server && \
    /opt/mlops/server/bin/python -m pip install --no-deps --no-compile -r /tmp/requirements.txt && \
    /opt/mlops/server/bin/python -m pip uninstall --yes --quiet pip setuptools && \
    python3 -m compileall -q --invalidation-mode unchecked-hash /opt/mlops/server

RUN --mount=type=bind,source=server,target=/tmp/server \
    cp -R /tmp/server/. /opt/mlops/server/lib/python3.*/site-packages/ && chmod -R a+rX,go-w /opt/mlops/server

COPY app/azureml-models/diabetes/3 /opt/mlops/image/app/azureml-models/diabetes/3

COPY app/source /opt/mlops/image/app/source
COPY lock.json manifest.json container.json revision.json /opt/mlops/image/

RUN mkdir -p /run/mlops/front /run/mlops/sockets /opt/mlops/image/app/azureml-models && \
    chown 10001:10000 /run/mlops/front && chmod 700 /run/mlops/front && \
    chown 10002:10000 /run/mlops/sockets && chmod 750 /run/mlops/sockets && \
    chmod -R a+rX,go-w /opt/mlops/image && ln -sfn /opt/mlops/image/app /var/azureml-app

LABEL org.example.note="says \"so\""

USER 10002:10000
WORKDIR /opt/mlops/image/app
EXPOSE 5001
STOPSIGNAL SIGTERM

HEALTHCHECK NONE
ENTRYPOINT []
CMD ["/opt/mlops/server/bin/python", "-P", "-m", "jupyter_mlops.scoring", "--revision", "/opt/mlops/image/revision.json", "--host", "0.0.0.0", "--port", "5001"]
