"""The workflows, read as YAML: what has to hold before GitHub runs them. scripts/act runs them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from scripts.actions.plan import combinations, uses
from scripts.release.check import promised_builds
from tests.packaging.builds import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ARM = "ubuntu-24.04-arm"

Jobs = dict[str, dict[str, Any]]


def read_jobs(name: str) -> Jobs:
    return YAML(typ="safe").load(ROOT / ".github" / "workflows" / f"{name}.yml")["jobs"]


@pytest.fixture
def release() -> Jobs:
    return read_jobs("release")


@pytest.fixture
def ci() -> Jobs:
    return read_jobs("ci")


ALL = [job for path in WORKFLOWS for job in read_jobs(path.stem).values()]


def matrix(job: dict[str, Any]) -> list[dict[str, Any]]:
    return combinations(job["strategy"]["matrix"])


def scripts(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_each_action_is_pinned_to_one_commit_with_its_version() -> None:
    found = [
        match
        for path in WORKFLOWS
        for match in re.findall(r"uses: (\S+?)@(.*)$", path.read_text(), re.M)
    ]
    pins = dict(found)

    assert found
    assert all(re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin) for _, pin in found)
    assert all(pins[action] == pin for action, pin in found)


def test_cibuildwheel_brings_the_uv_that_it_audits_with() -> None:
    steps = [step for job in ALL for step in uses(job, "pypa/cibuildwheel")]

    assert len(steps) == 2
    assert [step["with"]["extras"] for step in steps] == ["uv", "uv"]


def test_no_uv_is_there_before_cibuildwheel_for_it_to_find() -> None:
    for job in ALL:
        actions = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
        if "pypa/cibuildwheel" in actions:
            before = actions[: actions.index("pypa/cibuildwheel")]
            assert "astral-sh/setup-uv" not in before


@pytest.mark.parametrize("job", ["wheels", "arm64", "sdist", "check"])
def test_ci_does_what_a_release_does_and_in_the_same_way(ci: Jobs, release: Jobs, job: str) -> None:
    """Without the emulation, the container for musl on arm64, and keeping the files to upload."""
    more = re.compile(
        r"docker/setup-qemu-action|retention-days|endsWith\(matrix.wheel, 'musllinux'\)"
    )

    def shown(step: dict[str, Any]) -> str:
        step = {key: value for key, value in step.items() if key != "env"}
        if step.get("if") == "endsWith(matrix.wheel, 'manylinux')":
            del step["if"]
        return repr(step)

    kept = [step for step in map(shown, release[job]["steps"]) if not more.search(step)]
    assert [shown(step) for step in ci[job]["steps"]] == kept


def test_ci_needs_each_of_its_jobs(ci: Jobs) -> None:
    assert {*ci["ci"]["needs"]} == {*ci} - {"ci"}
    assert ci["ci"]["if"] == "always()"


def test_ci_builds_a_wheel_on_arm64(ci: Jobs) -> None:
    assert [entry for entry in matrix(ci["wheels"]) if entry["arch"] == "aarch64"]
    assert f"matrix.arch == 'aarch64' && '{ARM}'" in ci["wheels"]["runs-on"]
    assert ci["arm64"]["runs-on"] == ARM


def test_zizmor_is_the_one_that_is_pinned(ci: Jobs) -> None:
    """Its action knows no newer one than itself."""
    text = scripts(ci["workflows"])

    assert "uv pip install --group lint" in text
    assert "zizmor --persona pedantic --strict-collection .github" in text


def test_emulation_has_one_image_and_time_and_fails_alone(release: Jobs) -> None:
    wheels = release["wheels"]
    [qemu] = uses(wheels, "docker/setup-qemu-action")

    assert re.fullmatch(r"[\w/]+:qemu-v[\d.]+@sha256:[0-9a-f]{64}", qemu["with"]["image"])
    assert wheels["strategy"]["fail-fast"] is False
    assert wheels["timeout-minutes"] == 45


def test_each_wheel_for_arm64_passes_all_tests_on_arm64_before_anything_is_uploaded(
    release: Jobs,
) -> None:
    built = {
        f"{e['python']}-{e['libc']}" for e in matrix(release["wheels"]) if e["arch"] == "aarch64"
    }
    arm64 = release["arm64"]

    assert {entry["wheel"] for entry in matrix(arm64)} == built
    assert arm64["runs-on"] == ARM
    assert scripts(arm64).count("scripts/release/install-and-test dist/*.whl\n") == 2
    assert '"$image" \\\n  scripts/release/install-and-test dist/*.whl\n' in scripts(arm64)
    assert "wheels" in arm64["needs"]
    assert {"arm64", "wheels", "sdist"} <= {*release["check"]["needs"]}
    assert release["test-pypi"]["needs"] == "check"


def test_what_is_built_from_is_not_a_shallow_clone() -> None:
    builds = re.compile(r"scripts/(test|rehearse)\b|uv build")
    building = [job for job in ALL if uses(job, "pypa/cibuildwheel") or builds.search(scripts(job))]
    steps = [step for job in building for step in uses(job, "actions/checkout")]

    assert len(steps) == 7
    assert [step["with"].get("fetch-depth") for step in steps] == [0] * 7


def test_a_release_begins_with_a_tag_and_publishing_by_hand() -> None:
    events = {p.stem: YAML(typ="safe").load(p)["on"] for p in WORKFLOWS if p.stem != "ci"}

    assert events["release"] == {"push": {"tags": ["v*"]}}
    assert [*events["publish"]] == ["workflow_dispatch"]


# What a step does, and the permission that it takes.
PERMISSIONS = (
    ("actions/checkout@", "contents", "read"),
    ("pypa/gh-action-pypi-publish@", "id-token", "write"),
    ("run-id", "actions", "read"),
    ("find-run", "actions", "read"),
)


def test_each_job_has_the_permissions_that_its_steps_take_and_no_others() -> None:
    for job in ALL:
        taken = {scope: level for does, scope, level in PERMISSIONS if does in repr(job["steps"])}
        assert job["permissions"] == taken


def test_each_output_that_is_read_is_written() -> None:
    """By the step itself, or by a script that it calls."""
    found = 0
    for job in ALL:
        steps = {step["id"]: step["run"] for step in job["steps"] if "id" in step}
        for step, name in re.findall(r"steps\.(\w+)\.outputs\.(\w+)", repr(job)):
            called = re.findall(r"scripts/[\w/-]+", steps[step])
            texts = [steps[step], *((ROOT / path).read_text() for path in called)]
            assert re.search(rf"\b{name}=", "\n".join(texts))
            found += 1
    assert found == 4


@pytest.mark.parametrize("name", ["ci", "release"])
def test_all_wheels_that_are_built_are_checked(name: str) -> None:
    jobs = read_jobs(name)
    built = {"{python}-{libc}_{arch}".format(**entry) for entry in matrix(jobs["wheels"])}
    [wheels] = [step["env"]["WHEELS"] for step in jobs["check"]["steps"] if "env" in step]

    assert promised_builds(wheels.split()) == built


def test_apk_keeps_no_index() -> None:
    files = [*WORKFLOWS, *(path for path in (ROOT / "scripts").rglob("*") if path.is_file())]
    adds = [
        line
        for path in files
        for line in re.findall(
            r"^\s*(?:try_again )?apk add.*", path.read_text(errors="replace"), re.M
        )
    ]

    assert adds
    assert [line for line in adds if "--no-cache" not in line] == []
