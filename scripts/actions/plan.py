"""Write down the part of a workflow that can run on this machine, and say what is left out.

    python plan.py FOLDER WORKFLOW INDEX TAG

In the walk's folder the workflow of `walk` is changed, and `event.json`, `options` (of act), `jobs`
(how many run), `conditional` (the steps that have an `if`) and `images` (the builds for which
cibuildwheel has its own) are written. INDEX takes the place of Test PyPI.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from cibuildwheel.options import CommandLineArguments, compute_options
from packaging.tags import platform_tags
from ruamel.yaml import YAML

STAND_INS = Path(__file__).parent
RUNNER = "ubuntu-24.04"
ELSEWHERE = (
    (re.compile(r"\bdocker\b"), "it calls docker"),
    (re.compile(r"scripts/test(?![-\w])"), "it calls scripts/test itself"),
)
MACHINE = os.uname().machine
C_LIBRARY = (
    "musllinux" if any(tag.startswith("musllinux") for tag in platform_tags()) else "manylinux"
)

Yaml = dict[str, Any]


def needs(job: Yaml) -> list[str]:
    """Return the names of the jobs that have to end before this one."""
    names = job.get("needs", [])
    return [names] if isinstance(names, str) else names


def refuse_unknown_needs(jobs: Yaml) -> None:
    """Stop at a need that no job meets: GitHub would refuse the workflow."""
    for name, job in jobs.items():
        unknown = [each for each in needs(job) if each not in jobs]
        if unknown:
            raise SystemExit(f"job {name} needs {', '.join(unknown)}, and there is no such job")


def why_not(job: Yaml) -> str | None:
    """Return why a job cannot run here, if so."""
    if job["runs-on"] != RUNNER and "${{" not in job["runs-on"]:
        return f"it wants a runner {job['runs-on']}"
    for step in job["steps"]:
        for pattern, reason in ELSEWHERE:
            if pattern.search(step.get("run", "")):
                return reason
        if "run-id" in step.get("with", {}):
            return "it wants the files of a run on GitHub"
    return None


def leave_out_jobs(jobs: Yaml) -> Iterator[str]:
    """Remove the jobs that cannot run here, and name them."""
    for name, job in list(jobs.items()):
        reason = why_not(job)
        if reason:
            yield f"job {name}: {reason}"
            del jobs[name]
        elif any("zizmor " in step.get("run", "") for step in job["steps"]):
            yield f"job {name}: what zizmor would ask GitHub"
    for job in jobs.values():
        job["needs"] = [name for name in needs(job) if name in jobs]


def has_image(build: str) -> bool:
    """Whether cibuildwheel's image for a build of this machine is at hand."""
    arguments = replace(CommandLineArguments.defaults(), only=build)
    settings = compute_options("linux", arguments, os.environ).build_options(build)
    images = settings.musllinux_images if "musllinux" in build else settings.manylinux_images
    engine = os.environ.get("CIBW_CONTAINER_ENGINE", "docker").partition(";")[0]
    try:
        inspect = [engine, "image", "inspect", (images or {})[MACHINE]]
        return subprocess.run(inspect, capture_output=True).returncode == 0
    except (OSError, KeyError):
        return False


def combinations(matrix: Yaml) -> list[Yaml]:
    """Return what a matrix stands for, of which each `include` is one more."""
    lists = {key: values for key, values in matrix.items() if key != "include"}
    one_each = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    return (one_each if lists else []) + matrix.get("include", [])


def uses(job: Yaml, action: str) -> list[Yaml]:
    """Return a job's steps with an action."""
    return [step for step in job["steps"] if step.get("uses", "").startswith(f"{action}@")]


def leave_out_wheels(jobs: Yaml, folder: Path) -> Iterator[str]:
    """Keep the wheels that can be built here, name the others, and have those kept checked."""
    kept: list[str] = []
    for name, job in jobs.items():
        if not uses(job, "pypa/cibuildwheel"):
            continue
        entries = {
            "{python}-{libc}_{arch}".format(**entry): entry
            for entry in combinations(job["strategy"]["matrix"])
        }
        ours = f"cp310-{C_LIBRARY}_{MACHINE}"
        images = [build for build in entries if build.endswith(f"_{MACHINE}") and has_image(build)]
        (folder / "images").write_text("".join(f"{build}\n" for build in images))
        kept = [build for build in entries if build in images or build == ours]
        job["strategy"]["matrix"] = {"include": [entries[build] for build in kept]}
        if ours not in images:
            yield f"job {name}: cibuildwheel's container, {ours} is compiled without one"
        left_out = [build for build in entries if build not in kept]
        yield f"job {name}: {', '.join(left_out)}, for which there is no image or no such machine"
    for job in jobs.values():
        for step in job["steps"]:
            if "WHEELS" in step.get("env", {}):
                step["env"]["WHEELS"] = " ".join(kept)


def leave_out_pythons(jobs: Yaml, at_hand: list[str]) -> Iterator[str]:
    """Keep the Pythons that are on this machine, or its own where none is, and name the others."""
    for name, job in jobs.items():
        for step in uses(job, "actions/setup-python"):
            wanted = step["with"]["python-version"]
            matrix = job.get("strategy", {}).get("matrix", {})
            from_matrix = wanted == "${{ matrix.python }}"
            versions = matrix["python"] if from_matrix else [wanted]
            kept = [version for version in versions if version in at_hand]
            missing = [version for version in versions if version not in at_hand]
            if missing:
                instead = "" if kept else f", {at_hand[0]} is taken"
                yield f"job {name}: there is no Python {', '.join(missing)}{instead}"
            if from_matrix:
                matrix["python"] = kept or at_hand[:1]
            else:
                step["with"]["python-version"] = (kept or at_hand)[0]


def stand_ins(jobs: Yaml) -> Iterator[str]:
    """Yield act's options that put our actions in the place of those that are used.

    Given all jobs, also those that are left out: their inputs are checked too.
    """
    for step in [step for job in jobs.values() for step in job["steps"] if "uses" in step]:
        action, _, _ = step["uses"].partition("@")
        folder = STAND_INS / action
        if not folder.is_dir():
            raise SystemExit(f"scripts/actions has nothing to stand in for {action}")
        inputs = YAML(typ="safe").load(folder / "action.yml")["inputs"]
        unknown = [name for name in step.get("with", {}) if name not in inputs]
        if unknown:
            raise SystemExit(f"what stands in for {action} has no input {', '.join(unknown)}")
        yield f"{step['uses']}={folder}"


def title(step: Yaml) -> str:
    """Return the first line that act says of a step."""
    return (step.get("name") or step.get("uses") or step["run"]).partition("\n")[0]


def event(workflow: str, tag: str) -> tuple[str, Yaml]:
    """Return what GitHub would start the workflow with."""
    if workflow == "publish.yml":
        return "workflow_dispatch", {"ref": f"refs/tags/{tag}", "inputs": {"tag": tag}}
    return "push", {"ref": f"refs/tags/{tag}" if tag else "refs/heads/main"}


def main(folder: Path, workflow: str, index: str, tag: str) -> None:
    """Plan the walk in a folder."""
    path = folder / "walk" / ".github" / "workflows" / workflow
    plan: Yaml = YAML(typ="safe").load(path)
    jobs = plan["jobs"]
    ours = "{}.{}".format(*sys.version_info)
    at_hand = sorted((path.name for path in (folder / "pythons").iterdir()), key=ours.__ne__)
    refuse_unknown_needs(jobs)
    replaced = sorted({*stand_ins(jobs)})
    left_out = [
        *leave_out_jobs(jobs),
        *leave_out_wheels(jobs, folder),
        *leave_out_pythons(jobs, at_hand),
    ]
    if "TEST_INDEX" in plan.get("env", {}):
        plan["env"]["TEST_INDEX"] = index
    name, told = event(workflow, tag)
    options = [option for each in replaced for option in ("--local-repository", each)]
    conditional = [title(step) for job in jobs.values() for step in job["steps"] if "if" in step]
    runs = sum(
        len(combinations(job.get("strategy", {}).get("matrix", {}))) or 1 for job in jobs.values()
    )

    path.write_text(json.dumps(plan))
    (folder / "event.json").write_text(json.dumps(told))
    (folder / "options").write_text("\n".join([name, *options]))
    (folder / "jobs").write_text(f"{runs}")
    (folder / "conditional").write_text("".join(f"{line}\n" for line in conditional))
    print(*(f"left out: {line}" for line in left_out), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
