"""Mistral's batch endpoint: many completions as one job, at half the price, hours later.

``POST /v1/files`` takes the requests, ``/v1/batch/jobs`` runs them, and files bring the answers.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from codestral_ls.backends.base import Finish, ProtocolViolation
from codestral_ls.backends.http.report import Report
from codestral_ls.backends.mistral.fim import MistralBackend
from codestral_ls.model import Usage
from codestral_ls.privacy.text import said

_ENDPOINT = "/v1/fim/completions"
_TIMEOUT_HOURS = 24
# Ten thousand answers with all that is said beside them.
_MAX_BYTES = 64 * 1024 * 1024
# The job says which model, and an answer in a file is no stream.
_NOT_IN_A_BODY = ("model", "stream", "prompt_cache_key")
_ENDED = frozenset({"SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A job as it stands."""

    id: str
    status: str
    n_requests: int
    n_done: int
    n_failed: int
    output_file: str
    """Id of the file of answers; empty while there is none."""
    error_file: str
    """Id of the file of requests that failed; empty where there is none."""
    problem: str
    """What is wrong with the whole job, in the server's words; empty if nothing is."""

    @property
    def has_ended(self) -> bool:
        """Nothing more will come."""
        return self.status in _ENDED


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What a job brought for one request."""

    text: str = ""
    finish: Finish = Finish.UNKNOWN
    usage: Usage | None = None
    problem: str = ""
    """Why there is no text, in a sentence; empty where there is one."""


class MistralBatches(MistralBackend):
    """Codestral, asked in batches."""

    async def submit(self, bodies: Mapping[str, Mapping[str, Any]]) -> BatchJob:
        """Upload requests, by ids of the caller's, and start a job of them. Raises BackendError."""
        lines = [
            json.dumps(
                {
                    "custom_id": identity,
                    "body": {k: v for k, v in body.items() if k not in _NOT_IN_A_BODY},
                }
            )
            for identity, body in bodies.items()
        ]
        file = await self._upload("\n".join(lines).encode() + b"\n")
        asked = {
            "input_files": [file],
            "endpoint": _ENDPOINT,
            "model": self.model,
            "metadata": {"made_by": "codestral-ls eval"},
            "timeout_hours": _TIMEOUT_HOURS,
        }
        return self._job(await self._ask("POST", "/v1/batch/jobs", asked))

    async def job(self, identity: str) -> BatchJob:
        """How a job stands. Raises BackendError."""
        return self._job(await self._ask("GET", f"/v1/batch/jobs/{identity}"))

    async def cancel(self, identity: str) -> BatchJob:
        """End a job; what it has brought by then stays. Raises BackendError."""
        return self._job(await self._ask("POST", f"/v1/batch/jobs/{identity}/cancel", {}))

    async def answers(self, job: BatchJob) -> dict[str, BatchAnswer]:
        """What a job has brought, by the ids of the requests. Raises BackendError."""
        found: dict[str, BatchAnswer] = {}
        for file in filter(None, (job.error_file, job.output_file)):
            for line in (await self._download(file)).splitlines():
                if line.strip():
                    self._take(line, found)
        return found

    async def _upload(self, data: bytes) -> str:
        mark = secrets.token_hex(16)
        head = f"--{mark}\r\nContent-Disposition: form-data; name="
        parts = [
            f'{head}"purpose"\r\n\r\nbatch\r\n'.encode(),
            f'{head}"file"; filename="codestral-ls-eval.jsonl"\r\n'.encode(),
            b"Content-Type: application/jsonl\r\n\r\n",
            data,
            f"\r\n--{mark}--\r\n".encode(),
        ]
        client = await self._connection.client()
        content = f"multipart/form-data; boundary={mark}", b"".join(parts)
        async with client.request(
            "POST", "/v1/files", body=content, accept="application/json"
        ) as response:
            if response.status != 200:
                raise self._error(response.status, await response.error_body(), response.headers)
            match await response.json():
                case {"id": str() as identity} if _is_id(identity):
                    return identity
        raise ProtocolViolation(f"{self.host} took a file and did not say its name.")

    async def _download(self, file: str) -> str:
        client = await self._connection.client()
        async with client.request(
            "GET", f"/v1/files/{file}/content", accept="application/octet-stream"
        ) as response:
            if response.status != 200:
                raise self._error(response.status, await response.error_body(), response.headers)
            return (await response.body(_MAX_BYTES)).decode("utf-8", "replace")

    def _job(self, body: object) -> BatchJob:
        match body:
            case {"id": str() as identity, "status": str() as status, **fields} if _is_id(identity):
                pass
            case _:
                raise ProtocolViolation(f"{self.host} did not answer with a batch job.")
        problems = [
            str(error.get("message", ""))
            for error in _list(fields.get("errors"))
            if isinstance(error, dict)
        ]
        return BatchJob(
            identity,
            status,
            _count(fields.get("total_requests")),
            _count(fields.get("completed_requests")),
            _count(fields.get("failed_requests")),
            _file(fields.get("output_file")),
            _file(fields.get("error_file")),
            said("; ".join(problems), hidden=self._options.secrets),
        )

    def _take(self, line: str, found: dict[str, BatchAnswer]) -> None:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            return
        match row:
            case {
                "custom_id": str() as identity,
                "response": {"status_code": 200, "body": dict() as body},
            }:
                report = Report()
                text = self._read(body, report)
                if text is None:
                    problem = "The batch brought something that is no completion."
                    found[identity] = BatchAnswer(problem=problem)
                else:
                    finish = report.finish or Finish.UNKNOWN
                    found[identity] = BatchAnswer(text, finish, report.usage)
            case {"custom_id": str() as identity}:
                found.setdefault(identity, BatchAnswer(problem=self._problem(row)))
            case _:
                return

    def _problem(self, row: Mapping[str, Any]) -> str:
        response = row.get("response")
        response = response if isinstance(response, dict) else {}
        status = response.get("status_code")
        body = row.get("error") or response.get("body")
        told = said(json.dumps(body), hidden=self._options.secrets) if body else "no reason given"
        return f"{self.host} answered {status or 'with an error'} in the batch: {told}"


def _is_id(text: str) -> bool:
    return text.replace("-", "").replace("_", "").isalnum() and len(text) <= 100


def _file(value: object) -> str:
    return value if isinstance(value, str) and _is_id(value) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()
