"""scripts/act, which runs the workflows on this machine, on small ones and on faults of ours.

scripts/test runs it on the workflows as they are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts.actions import plan
from tests.packaging.builds import ROOT, run

ACT = ROOT / "scripts" / "act"
CHECKOUT = "actions/checkout@v1"

Walk = Callable[..., subprocess.CompletedProcess[str]]


def walk(*arguments: str, act: Path = ACT, **variables: str) -> subprocess.CompletedProcess[str]:
    """Return how a walk by this interpreter's environment ended, with all it said in stdout."""
    env = os.environ | {"PYTHON": sys.executable} | variables
    return subprocess.run(
        [act, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture
def walk_changed(tree: Path) -> Walk:
    """Return a function that walks a clone, which a test has changed."""
    (tree / ".venv").symlink_to(sys.prefix)

    def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return walk(*arguments, act=tree / "scripts" / "act", **variables)

    return start


@pytest.fixture
def ci(tree: Path) -> Path:
    return tree / ".github" / "workflows" / "ci.yml"


JOB = """on: push
jobs:
  only:
    runs-on: ubuntu-24.04
    steps:
"""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "release.yml TAG, publish.yml TAG and ci.yml"),
        (["pages.yml"], "'pages.yml' is not known"),
        (["release.yml"], "release.yml wants a tag, as in: scripts/act release.yml v4.2.3"),
        (["publish.yml"], "publish.yml wants a tag"),
        (["release.yml", "v1.2"], "'v1.2' is no release tag"),
        (["release.yml", "v4.2.3", "v4.2.4"], "release.yml wants a tag"),
        (["ci.yml", "v4.2.3"], "ci.yml wants nothing else"),
    ],
)
def test_what_cannot_be_walked_is_refused_in_one_line(arguments: list[str], reason: str) -> None:
    done = walk(*arguments)

    assert done.returncode == 1
    [line] = done.stdout.splitlines()
    assert reason in line


@pytest.mark.parametrize(
    ("tag", "ended", "reason"),
    [
        ("v4.2.3", "completed failure", "v4.2.3 is not published: run 1 ended with failure"),
        ("v4.2.3", "in_progress", "run 1 is still in_progress"),
        ("v4.2.3", "", "release.yml has not run for it"),
        ("v4.2.4", "completed success", "GitHub has no such tag, or did not say (above)"),
    ],
)
def test_a_release_that_did_not_end_well_is_not_found(
    project: Path, tmp_path: Path, tag: str, ended: str, reason: str
) -> None:
    """By what stands in for GitHub's gh in a walk."""
    (tmp_path / "tree").symlink_to(project)
    variables = {
        "PATH": f"{ACT.parent / 'actions'}:{os.environ['PATH']}",
        "ACT_WALK": str(tmp_path),
        "GH_TOKEN": "none",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_REF": f"refs/tags/{tag}",
        "RELEASE_RUN": ended,
    }
    command = [ACT.parent / "release" / "find-run", tag]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stdout == ""
    assert reason in done.stderr


def test_a_release_that_went_wrong_ends_the_walk() -> None:
    done = walk("publish.yml", "v4.2.3", RELEASE_RUN="completed failure")

    assert done.returncode != 0
    assert "v4.2.3 is not published: run 1 ended with failure" in done.stdout


def test_a_release_that_went_well_is_found_and_what_is_left_out_named(tmp_path: Path) -> None:
    """Also where temporary files lie in a folder whose name act cannot bear."""
    temporary = tmp_path / "für uns"
    temporary.mkdir()
    done = walk("publish.yml", "v4.2.3", TMPDIR=str(temporary))

    assert done.returncode == 0
    assert "set-output:: run=1" in done.stdout
    assert "left out: job pypi: it wants the files of a run on GitHub" in done.stdout
    assert done.stdout.endswith("publish.yml went through, for version 4.2.3\n")


@pytest.fixture
def walk_without_uv(tree: Path, walk_changed: Walk) -> subprocess.CompletedProcess[str]:
    """Build a release without cibuildwheel's extra. It takes its time, hence a fixture."""
    release = tree / ".github" / "workflows" / "release.yml"
    workflow = YAML(typ="safe").load(release)
    workflow["jobs"] = {name: workflow["jobs"][name] for name in ("version", "wheels")}
    [step] = plan.uses(workflow["jobs"]["wheels"], "pypa/cibuildwheel")
    del step["with"]["extras"]
    release.write_text(json.dumps(workflow))
    return walk_changed("release.yml", "v4.2.3-test")


def test_without_its_extra_uv_cibuildwheel_cannot_audit_and_no_release_is_made(
    walk_without_uv: subprocess.CompletedProcess[str],
) -> None:
    said = walk_without_uv.stdout

    assert walk_without_uv.returncode != 0
    assert "in run_audit" in said
    assert "AssertionError" in said
    assert "went through" not in said


def test_a_job_has_what_the_runner_would_have_and_no_more(ci: Path, walk_changed: Walk) -> None:
    steps = """
      - run: "! type uv cibuildwheel twine auditwheel pytest"
      - run: type git cc python3 chronyd
      - run: test -z "${VIRTUAL_ENV-}${PYTHONPATH-}${PYCHRONY_ADDRESS-}${GH_TOKEN-}"
      - run: test "$CI" = true -a "$HOME" != "$OUTSIDE" -a "$(ls)" = ""
      - uses: astral-sh/setup-uv@v1
      - run: uv --version
"""
    outside = str(Path.home())
    ci.write_text(JOB + steps.replace("$OUTSIDE", outside))
    done = walk_changed("ci.yml", PYTHONPATH="/x", PYCHRONY_ADDRESS="/x", GH_TOKEN="x")  # noqa: S106

    assert done.returncode == 0, done.stdout


def test_a_checkout_is_as_deep_as_it_says(ci: Path, walk_changed: Walk) -> None:
    shallow = f"[{{uses: {CHECKOUT}}}, {{run: test -e .git/shallow}}]"
    full = f"[{{uses: {CHECKOUT}, with: {{fetch-depth: 0}}}}, {{run: test ! -e .git/shallow}}]"
    ci.write_text(
        f"{JOB}      - run: git --version\n"
        f"  shallow: {{runs-on: ubuntu-24.04, steps: {shallow}}}\n"
        f"  full: {{runs-on: ubuntu-24.04, steps: {full}}}\n"
    )
    done = walk_changed("ci.yml")

    assert done.returncode == 0, done.stdout


def test_what_fails_there_fails_here(ci: Path, walk_changed: Walk) -> None:
    ci.write_text(f"{JOB}      - run: exit 3\n")
    done = walk_changed("ci.yml")

    assert done.returncode != 0
    assert "Job 'only' failed" in done.stdout


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (
            {"uses": "somebody/thing@v1"},
            "scripts/actions has nothing to stand in for somebody/thing",
        ),
        ({"uses": CHECKOUT, "with": {"depth": 1}}, "actions/checkout has no input depth"),
    ],
)
def test_an_action_or_an_input_that_is_not_known_ends_the_walk(
    step: dict[str, object], reason: str
) -> None:
    with pytest.raises(SystemExit, match=reason):
        list(plan.stand_ins({"job": {"steps": [step]}}))


def test_a_need_that_no_job_meets_ends_the_walk(ci: Path, walk_changed: Walk) -> None:
    ci.write_text(JOB.replace("steps:", "needs: olny\n    steps:") + "      - run: exit 0\n")
    done = walk_changed("ci.yml")

    assert done.returncode != 0
    assert "job only needs olny, and there is no such job" in done.stdout


def test_inputs_of_jobs_that_are_left_out_are_checked_too(ci: Path, walk_changed: Walk) -> None:
    step = f"{{uses: {CHECKOUT}, with: {{depth: 1}}}}"
    job = f"  arm: {{runs-on: ubuntu-24.04-arm, steps: [{step}]}}\n"
    ci.write_text(f"{JOB}      - run: exit 0\n{job}")
    done = walk_changed("ci.yml")

    assert done.returncode != 0
    assert "what stands in for actions/checkout has no input depth" in done.stdout


def test_a_step_whose_condition_never_holds_is_named(ci: Path, walk_changed: Walk) -> None:
    condition = "if: github.event_name == 'release'"
    ci.write_text(f"{JOB}      - {{run: exit 3, {condition}}}\n      - {{run: exit 0, if: true}}\n")
    done = walk_changed("ci.yml")

    assert done.returncode == 0
    assert "left out: step exit 3: its condition never held" in done.stdout
    assert "left out: step exit 0" not in done.stdout


def test_artifacts_come_back_as_github_puts_them(ci: Path, walk_changed: Walk) -> None:
    """A pattern is none of a name, and what it matches is merged on demand alone."""
    upload = "{uses: actions/upload-artifact@v1, with: {name: built-%s, path: %s}}"
    download = "{uses: actions/download-artifact@v1, with: {%s, path: %s}, continue-on-error: true}"
    steps = [
        "{run: touch a b}",
        *(upload % (name, name) for name in "ab"),
        download % ("pattern: built-*, merge-multiple: true", "merged"),
        download % ("pattern: built-*", "apart"),
        download % ("name: built-*", "none"),
        download % ("name: built-a", "one"),
        "{run: test -e merged/a -a -e merged/b -a -e apart/built-a/a -a -e one/a -a ! -e none/a}",
    ]
    ci.write_text(JOB + "".join(f"      - {step}\n" for step in steps))
    done = walk_changed("ci.yml")

    assert done.returncode == 0, done.stdout


def test_jobs_for_other_machines_are_left_out_and_named(ci: Path, walk_changed: Walk) -> None:
    others = {
        "arm": "runs-on: ubuntu-24.04-arm, steps: []",
        "contained": "runs-on: ubuntu-24.04, steps: [{run: docker run x}]",
        "all": "runs-on: ubuntu-24.04, steps: [{run: scripts/test}]",
    }
    jobs = "".join(f"  {name}: {{{job}}}\n" for name, job in others.items())
    needing = JOB.replace("steps:", f"needs: [{', '.join(others)}]\n    steps:")
    ci.write_text(f"{needing}      - run: scripts/test-installed --help || echo here\n{jobs}")
    done = walk_changed("ci.yml")

    assert done.returncode == 0
    for line in (
        "job arm: it wants a runner ubuntu-24.04-arm",
        "job contained: it calls docker",
        "job all: it calls scripts/test itself",
    ):
        assert f"left out: {line}" in done.stdout


# Pythons: those that a job asks for and those that are at hand, ours first.


def job_on(*versions: str) -> dict[str, Any]:
    """Return a job on each of them, or on the only one without a matrix."""
    step = {"uses": "actions/setup-python@v1", "with": {"python-version": versions[0]}}
    if len(versions) == 1:
        return {"steps": [step]}
    step["with"] = {"python-version": "${{ matrix.python }}"}
    return {"strategy": {"matrix": {"python": [*versions]}}, "steps": [step]}


@pytest.mark.parametrize(
    ("at_hand", "kept", "said"),
    [
        (["3.12", "3.10", "3.15"], ["3.10", "3.15"], []),
        (["3.12", "3.10"], ["3.10"], ["job back: there is no Python 3.15"]),
        (["3.12"], ["3.12"], ["job back: there is no Python 3.10, 3.15, 3.12 is taken"]),
    ],
)
def test_a_job_runs_on_the_pythons_at_hand_and_the_others_are_named(
    at_hand: list[str], kept: list[str], said: list[str]
) -> None:
    jobs = {"back": job_on("3.10", "3.15")}

    assert list(plan.leave_out_pythons(jobs, at_hand)) == said
    assert jobs["back"]["strategy"]["matrix"]["python"] == kept


def test_a_job_on_one_python_that_is_not_at_hand_runs_on_ours_and_that_is_said() -> None:
    jobs = {"sdist": job_on("3.10")}

    said = ["job sdist: there is no Python 3.10, 3.12 is taken"]
    assert list(plan.leave_out_pythons(jobs, ["3.12", "3.13"])) == said
    assert jobs["sdist"]["steps"][0]["with"] == {"python-version": "3.12"}


# What cibuildwheel builds where its images are at hand: another program answers for docker.


def wheels_planned(folder: Path, *images: str) -> list[str]:
    docker = folder / "docker"
    docker.write_text(f'#!/bin/sh\ncase "$3" in {"|".join(images)}) exit 0;; esac\nexit 1\n')
    docker.chmod(0o755)
    lists = {"python": ["cp310", "cp314t"], "libc": ["manylinux", "musllinux"]}
    job = {
        "strategy": {"matrix": {**lists, "arch": [plan.MACHINE, "riscv64"]}},
        "steps": [{"uses": "pypa/cibuildwheel@v1"}, {"env": {"WHEELS": "*"}}],
    }
    program = (
        "import json, sys; from pathlib import Path; from scripts.actions import plan; "
        "jobs = {'job': json.loads(sys.argv[1])}; "
        "list(plan.leave_out_wheels(jobs, Path(sys.argv[2]))); "
        "print(jobs['job']['steps'][1]['env']['WHEELS'])"
    )
    path = f"{folder}:{os.environ['PATH']}"
    said = run(sys.executable, "-c", program, json.dumps(job), folder, PATH=path)
    return said.split()


def test_without_images_the_wheel_of_this_machine_is_built(tmp_path: Path) -> None:
    assert wheels_planned(tmp_path, "none") == [f"cp310-{plan.C_LIBRARY}_{plan.MACHINE}"]
    assert (tmp_path / "images").read_text() == ""


def test_with_images_their_wheels_are_built_by_cibuildwheel(tmp_path: Path) -> None:
    builds = [f"{p}-{plan.C_LIBRARY}_{plan.MACHINE}" for p in ("cp310", "cp314t")]

    assert wheels_planned(tmp_path, f"*/{plan.C_LIBRARY}_*") == builds
    assert (tmp_path / "images").read_text().split() == builds
