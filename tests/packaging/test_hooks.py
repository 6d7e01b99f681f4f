"""The hooks of pre-commit are the linters of scripts/test, in the very same versions."""

from __future__ import annotations

import re

from tests.packaging.builds import ROOT

HOOKS = (ROOT / ".pre-commit-config.yaml").read_text()
CHANGING = (" --fix", " --force-exclude")  # what only a hook does, which gets the names of files


def test_each_hook_runs_a_program_that_scripts_test_has_installed() -> None:
    assert re.findall(r"repo: (.*)", HOOKS) == ["local"]
    assert set(re.findall(r"language: (.*)", HOOKS)) == {"system"}
    assert re.findall(r"rev:|additional_dependencies:", HOOKS) == []


def test_the_hooks_are_the_linters_of_scripts_test() -> None:
    script = (ROOT / "scripts" / "test").read_text()
    between = script[script.index('step "Lint') : script.index("if [", script.index('step "Lint'))]
    checks = [line for line in between.splitlines() if line and not line.startswith("step")]
    entries = re.findall(r"entry: (?:\.venv/bin/)?(.*)", HOOKS)
    for option in CHANGING:
        entries = [entry.replace(option, "") for entry in entries]

    assert entries == [re.sub(r" --check| \.$", "", line) for line in checks]
