"""Mistral's files and batch jobs, as strict as they are: what a job's lines may hold, and when.

A job goes one step on each time somebody looks at it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.behaviour import Behaviour, refusal
from tests.fakes.dialect import generate, tokenize
from tests.fakes.transport import HttpRequest

_JOB_FIELDS = {"input_files", "endpoint", "model", "metadata", "timeout_hours"}
_NAME = re.compile(rb'name="([^"]*)"')
_CREATED = 1759496862


@dataclass
class Job:
    """One job."""

    id: str
    asked: Mapping[str, Any]
    lines: list[Mapping[str, Any]]
    status: str = "QUEUED"
    output_file: str | None = None
    error_file: str | None = None
    looks: int = 0


@dataclass
class Batches:
    """Files and jobs. ``answer`` completes; the ids in ``fails`` end in the file of errors, those
    in ``loses`` in none."""

    check: Callable[[Mapping[str, Any]], str]
    """What is wrong with a completion's body; empty if nothing is."""
    answer: Callable[[str, str], str] = lambda prompt, suffix: "a + b"
    fails: Callable[[int], bool] = lambda number: False
    loses: Callable[[int], bool] = lambda number: False
    steps: int = 2
    """Looks until a job has ended."""
    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)

    def handle(self, request: HttpRequest) -> Behaviour | None:
        """The answer to a request for files or jobs; None for any other."""
        match request.method, request.path.split("?")[0].split("/")[1:]:
            case "POST", ["v1", "files"]:
                return self._upload(request)
            case "GET", ["v1", "files", file, "content"]:
                if file not in self.files:
                    return _refused(404, "File not found")
                return Behaviour(body=self.files[file], content_type="application/octet-stream")
            case "POST", ["v1", "batch", "jobs"]:
                return self._create(request.body)
            case "GET", ["v1", "batch", "jobs", job] if job in self.jobs:
                return _answered(self._shown(self._step(self.jobs[job])))
            case "POST", ["v1", "batch", "jobs", job, "cancel"] if job in self.jobs:
                self.jobs[job].status = "CANCELLATION_REQUESTED"
                return _answered(self._shown(self.jobs[job]))
        return None

    def _upload(self, request: HttpRequest) -> Behaviour:
        kind = request.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data; boundary="):
            return _refused(422, "a multipart form is wanted")
        parts = _parts(request.content, kind.partition("boundary=")[2].strip('"').encode())
        if parts.get("purpose") != b"batch" or "file" not in parts:
            return _refused(422, "purpose and file are wanted")
        identity = self._keep(parts["file"])
        return _answered(
            {
                "id": identity, "object": "file", "bytes": len(parts["file"]),
                "created_at": _CREATED, "filename": "x.jsonl", "purpose": "batch",
                "sample_type": "batch_request", "source": "upload", "num_lines": 0,
            }
        )  # fmt: skip

    def _create(self, body: Any) -> Behaviour:
        if not isinstance(body, dict) or not body.keys() <= _JOB_FIELDS:
            return _refused(422, "Extra inputs are not permitted")
        if body.get("endpoint") != "/v1/fim/completions" or not body.get("model"):
            return _refused(422, "endpoint and model are wanted")
        (file,) = body["input_files"]
        if file not in self.files:
            return _refused(404, "File not found")
        lines = [json.loads(line) for line in self.files[file].splitlines()]
        identities = [line.get("custom_id") for line in lines]
        if len(set(identities)) != len(lines) or any(
            set(x) != {"custom_id", "body"} for x in lines
        ):
            return _refused(422, "a line has a custom_id of its own and a body")
        job = Job(f"00000000-0000-4000-8000-{len(self.jobs):012d}", body, lines)
        self.jobs[job.id] = job
        return _answered(self._shown(job))

    def _step(self, job: Job) -> Job:
        job.looks += 1
        if job.status == "CANCELLATION_REQUESTED":
            job.lines = job.lines[: len(job.lines) // 2]
            job.status = "CANCELLED"
        elif job.status in ("QUEUED", "RUNNING"):
            job.status = "SUCCESS" if job.looks >= self.steps else "RUNNING"
        if job.status in ("SUCCESS", "CANCELLED") and job.output_file is None:
            done, failed = self._run(job)
            job.output_file = self._keep(done)
            job.error_file = self._keep(failed) if failed else None
        return job

    def _run(self, job: Job) -> tuple[bytes, bytes]:
        done, failed = [], []
        for number, line in enumerate(job.lines):
            body = {**line["body"], "model": job.asked["model"]}
            problem = self.check(body) or ("Service unavailable" if self.fails(number) else "")
            row = {"id": f"batch-{number}", "custom_id": line["custom_id"]}
            if self.loses(number):
                continue
            if problem:
                error = {"object": "error", "message": problem, "type": "internal", "code": None}
                said = {"response": {"status_code": 503, "body": error}, "error": None}
                failed.append(json.dumps({**row, **said}))
                continue
            said = {"response": {"status_code": 200, "body": self._completion(body)}, "error": None}
            done.append(json.dumps({**row, **said}))
        return "\n".join(done).encode(), "\n".join(failed).encode()

    def _completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        text = self.answer(body["prompt"], body.get("suffix") or "")
        tokens, finish = generate(text, "stop", body.get("max_tokens"), body.get("stop") or [])
        n_prompt = len(tokenize(body["prompt"])) + len(tokenize(body.get("suffix") or ""))
        message = {"content": "".join(tokens), "role": "assistant", "prefix": False}
        return {
            "id": "0" * 32, "object": "chat.completion", "created": _CREATED,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": n_prompt, "completion_tokens": len(tokens),
                "total_tokens": n_prompt + len(tokens),
            },
        }  # fmt: skip

    def _keep(self, data: bytes) -> str:
        identity = f"10000000-0000-4000-8000-{len(self.files):012d}"
        self.files[identity] = data
        return identity

    def _shown(self, job: Job) -> dict[str, Any]:
        n_lines = len(job.lines)
        has_ended = job.output_file is not None
        return {
            "id": job.id, "object": "batch", "input_files": job.asked["input_files"],
            "metadata": job.asked.get("metadata"), "endpoint": job.asked["endpoint"],
            "model": job.asked["model"], "agent_id": None, "output_file": job.output_file,
            "error_file": job.error_file, "errors": [], "outputs": None, "status": job.status,
            "created_at": _CREATED, "total_requests": n_lines,
            "completed_requests": n_lines if has_ended else 0,
            "succeeded_requests": n_lines if has_ended else 0, "failed_requests": 0,
            "started_at": None, "completed_at": None,
        }  # fmt: skip


def _parts(content: bytes, boundary: bytes) -> dict[str, bytes]:
    return dict(_split(content, boundary))


def _split(content: bytes, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    for part in content.split(b"--" + boundary)[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        found = _NAME.search(head)
        if found is not None:
            yield found[1].decode(), data.removesuffix(b"\r\n")


def _answered(body: Mapping[str, Any]) -> Behaviour:
    return Behaviour(body=json.dumps(body).encode())


def _refused(status: int, message: str) -> Behaviour:
    return refusal(status, {"object": "error", "message": message, "type": "invalid", "code": None})
