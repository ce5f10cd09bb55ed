"""The repository itself: it speaks of the product alone, its pages are true, and its files stay readable."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
LEFT_OUT = {".git", ".venv", "dist", "node_modules", "__pycache__"}
MAX_LINES = 400

FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.])/(?:work|farm|root)/|\.\./shared\b",
    "a note to self": r"\b(?:TODO|FIXME|XXX)\b",
    "how the text came about": r"\bAI assistant\b",
    "the host of a package registry": r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org)\b",
}
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]+")


def tracked() -> list[Path]:
    """The files under version control; where there is no git, everything that is not plainly a by-product."""
    git = shutil.which("git")
    if git and (CHECKOUT / ".git").exists():
        listed = subprocess.run([git, "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
        paths = [CHECKOUT / name for name in listed.split("\0") if name]
    else:
        paths = [path for path in CHECKOUT.rglob("*") if not LEFT_OUT & set(path.parts)]
    return sorted(path for path in paths if path.is_file() and path != Path(__file__))


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every tracked file that is text."""
    for path in tracked():
        try:
            yield str(path.relative_to(CHECKOUT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def forbidden(text: str) -> list[str]:
    """What in the text has no place in the repository, each with its line."""
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {match.group()!r} is {what}"
        for what, pattern in FORBIDDEN.items()
        for match in re.finditer(pattern, text, re.IGNORECASE if "text" in what else 0)
    ]


def commands(page: str, program: str) -> list[str]:
    """The lines of a page's code blocks that call the program, comments cut off."""
    blocks = re.findall(r"^```(?:bash|sh|console)?\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line.partition(" #")[0].strip() for line in lines if line.startswith(f"{program} ")]


def read(name: str) -> str:
    """One file of the checkout."""
    return (CHECKOUT / name).read_text(encoding="utf-8")


def test_tracked_files_speak_of_the_product_alone() -> None:
    """No tracked file names a local path, a package registry's host, or leaves a note to self."""
    found = [f"{name}: {fault}" for name, text in texts() for fault in forbidden(text)]

    assert [] == found


@pytest.mark.parametrize("text", ["see /work/notes", "# TODO later", "an ai assistant", "https://pypi.org/x", "../shared/a"])
def test_forbidden_words_are_found(text: str) -> None:
    """Each kind of forbidden word is reported with its line."""
    found = forbidden(f"first line\n{text}\n")

    assert [fault.partition(":")[0] for fault in found] == ["line 2"]


@pytest.mark.parametrize("text", ["https://target.example.test/work/scim", "homework/1", '[type eq "work"]', "todo-list"])
def test_harmless_words_are_left_alone(text: str) -> None:
    """Paths of an invented host, and words that only contain a forbidden one, are fine."""
    assert [] == forbidden(text)


def test_modules_stay_short() -> None:
    """No module of the package is longer than 400 lines."""
    lengths = {
        str(path.relative_to(CHECKOUT)): len(path.read_bytes().splitlines()) for path in (CHECKOUT / "scim_sim").rglob("*.py")
    }
    too_long = {name: lines for name, lines in lengths.items() if lines > MAX_LINES}

    assert too_long == {}


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_modules_that_a_page_names_exist(page: str) -> None:
    """Whoever looks for a file by the map finds it."""
    named = set(re.findall(r"\b\w+\.py\b", (CHECKOUT / page).read_text(encoding="utf-8")))

    assert set() == named - {path.name for path in tracked()} - {Path(__file__).name}


def test_make_commands_of_the_pages_exist() -> None:
    """Every `make` command that a page tells people to type is a target of the Makefile."""
    told = {
        target for name, text in texts() if name.endswith(".md") for line in commands(text, "make") for target in line.split()[1:]
    }
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))

    assert {"demo", "test"} <= told
    assert {target for target in told if "=" not in target} - targets == set()


def told_commands() -> list[str]:
    """Every `scim-sim` command in a code block of a Markdown page, once."""
    return sorted({line for name, text in texts() if name.endswith(".md") for line in commands(text, "scim-sim")})


@pytest.mark.parametrize("line", told_commands())
def test_scim_sim_commands_of_the_pages_exist(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every `scim-sim` command that a page tells people to type exists, and has the options that it is given."""
    from scim_sim.cli import main

    command = line.split()[1]
    monkeypatch.setattr("sys.argv", ["scim-sim", command, "--help"])
    monkeypatch.setenv("COLUMNS", "200")

    with pytest.raises(SystemExit) as left:
        sys.exit(main())
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)

    assert left.value.code in (0, None)
    assert [] == [option for option in OPTION.findall(line) if option not in shown]


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link of a Markdown page names a file or folder of the repository."""
    broken = [
        f"{name}: {link}"
        for name, text in texts()
        if name.endswith(".md")
        for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
        if not (CHECKOUT / name).parent.joinpath(link).exists()
    ]

    assert [] == broken


def test_changelog_has_a_place_for_the_next_change() -> None:
    """CHANGELOG.md has an Unreleased heading."""
    assert re.search(r"^## Unreleased$", read("CHANGELOG.md"), re.MULTILINE)


def test_continuous_integration_runs_what_everybody_runs() -> None:
    """`.ci/run` is executable and its only command is `make test`, which lints first."""
    lines = [line for line in read(".ci/run").splitlines() if line and not line.startswith(("#", "set ", "cd "))]

    assert lines == ["exec make test"]
    assert (CHECKOUT / ".ci" / "run").stat().st_mode & 0o111
    assert re.search(r"^test:.*\blint\b", read("Makefile"), re.MULTILINE)


def test_wheel_carries_data_and_scenarios(tmp_path: Path) -> None:
    """The wheel holds every file of the package, and the shipped scenarios where `shipped_root` looks for them."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())

    names = [path.relative_to(CHECKOUT).as_posix() for path in tracked()]
    package = {name for name in names if name.startswith("scim_sim/")}
    scenarios = {f"scim_sim/{name}" for name in names if name.startswith("scenarios/")}

    assert package
    assert scenarios
    assert (package | scenarios) - carried == set()
