from __future__ import annotations

import os
import socket
import sys

import pytest

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.services.process import ports


def test_a_port_that_is_taken_is_named_with_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ServiceError) as caught:
            ports.check_free("127.0.0.1", port)
        assert f"port {port} is taken" in str(caught.value)
        assert "--port" in str(caught.value)
        if sys.platform == "linux":
            assert f"(process {os.getpid()})" in str(caught.value)
    ports.check_free("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_one_line() -> None:
    with pytest.raises(ServiceError, match=r"cannot listen on 192\.0\.2\.1:8890"):
        ports.check_free("192.0.2.1", 8890)
