"""Settings from files: an option wins over its environment variable, that over `scim-sim.toml`, that over `[tool.scim-sim]`
of `pyproject.toml`, that over the default.

1. A key at the top means every command that has the option; a key of a table (`[run]`) means that command alone.
2. A secret has no place in a file: a token is given as the name of an environment variable, whatever the key is called.
3. A relative path is meant from the folder of its file.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scim_sim.errors import ScenarioError, UsageError
from scim_sim.registry import nearest

__all__ = [
    "ALIASES",
    "PREFIX",
    "Setting",
    "effective",
    "equip",
    "from_nearer",
    "project_settings",
    "read_settings",
    "settings_for",
]

PREFIX = "SCIM_SIM_"
FILE = "scim-sim.toml"
ALIASES = {
    "base_url": "target",
    "tenant_url": "target",
    "scim_connector_base_url": "target",
    **dict.fromkeys(("api_token", "secret_token", "bearer_token", "token", "password"), "token_env"),
}
"""The words of Okta's and Entra's consoles, and what they are called here."""

OWN = frozenset(
    {
        ("serve", "host"),
        ("report", "report_dir"),
        ("demo", "report_dir"),
        ("matrix", "suites"),
        ("matrix", "report_dir"),
        ("matrix", "format"),
        ("compare", "report_dir"),
        ("compare", "format"),
        ("new", "title"),
    }
)
"""Options that mean something else than their namesakes: only a table of the command, or a variable with its name, sets them."""

PATHS = frozenset({"baseline", "ca_file", "report_dir", "only_failed", "profile", "suites"})
_NOT_SET = frozenset({"help", "version", "config"})
_SECRET = re.compile(r"token|secret|password|credential|bearer|auth|key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a file, and where it stands; `source` is its line, without the value where that may be a secret."""

    key: str
    value: Any
    path: Path
    line: int = 1
    source: str = ""

    def mistake(self, message: str, hint: str = "") -> ScenarioError:
        """An error that shows the place."""
        return ScenarioError(
            message, path=str(self.path), line=self.line, column=len(self.source) - len(self.source.lstrip()) + 1,
            source=self.source, width=len(self.key), hint=hint.removeprefix(": ").removeprefix("; "),
        )  # fmt: skip


Tables = Mapping[str, Mapping[str, Setting]]
"""Settings by table; the table without a name is the top of the file."""


# -- files ------------------------------------------------------------------------------------------------------------


def read_settings(file: Path | None = None, start: Path | None = None) -> Tables:
    """The settings of that file, or of the project around `start`; raises `ScenarioError` with the place of a mistake."""
    if file is not None and not file.is_file():
        raise UsageError(f"there is no configuration file {file}")
    merged: dict[str, dict[str, Setting]] = {}
    for path in [file] if file else reversed(_found(start or Path.cwd())):
        for table, settings in _read(path).items():
            merged.setdefault(table, {}).update(settings)
    return merged


def _found(start: Path) -> list[Path]:
    """The files of the nearest folder upwards that is a project's, the strongest first."""
    for folder in (start, *start.parents):
        files = [folder / name for name in (FILE, "pyproject.toml") if (folder / name).is_file()]
        if files or (folder / ".git").exists():
            return files
    return []


def _read(path: Path) -> dict[str, dict[str, Setting]]:
    text, data = _toml(path)
    head = ""
    if path.name == "pyproject.toml":
        data, head = data.get("tool", {}).get("scim-sim", {}), "tool.scim-sim"
    found: dict[str, dict[str, Setting]] = {"": {}}
    for key, value in data.items():
        if isinstance(value, dict):
            inside = f"{head}.{key}".removeprefix(".")
            found[key] = {_word(k): _setting(k, v, path, text, inside) for k, v in value.items()}
            found[key][""] = _setting(key, value, path, text, head)
        else:
            found[""][_word(key)] = _setting(key, value, path, text, head)
    return found


def _toml(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (len(text.splitlines()), 1)
        message = f"this is not valid TOML: {str(error).partition(' (at')[0]}"
        raise ScenarioError(message, path=str(path), line=line, column=column) from None


def _word(key: str) -> str:
    plain = key.replace("-", "_").lower()
    return ALIASES.get(plain, plain)


def _setting(key: str, value: Any, path: Path, text: str, table: str) -> Setting:
    number, source = _line(key, text, table)
    if _SECRET.search(key):
        source = source.partition("=")[0].rstrip() + " = …"
    setting = Setting(key, value, path, number, source)
    if _word(key) == "token_env":
        _no_secret(setting)
    return setting


def _line(key: str, text: str, table: str) -> tuple[int, str]:
    """Number and text of the line with the key, or of the table's heading."""
    here, best = "", (1, "")
    for number, line in enumerate(text.splitlines(), 1):
        heading = re.match(r"\s*\[([^\[\]]+)\]", line)
        if heading:
            here = re.sub(r"[\s\"']", "", heading[1])
            if here in (table, f"{table}.{key}".removeprefix(".")):
                best = (number, line)
        elif here == table and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number, line
    return best


def _no_secret(setting: Setting) -> None:
    """Refuse what is not plainly the name of a variable, without repeating it."""
    name = setting.value
    plain = isinstance(name, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) is not None
    if plain and (name in os.environ or (name == name.upper() and not re.search(r"[A-Z0-9]{20}", name))):
        return
    raise setting.mistake(
        f'"{setting.key}" holds what looks like a secret, and a secret has no place in a file',
        'put it into an environment variable and write its name: token_env = "SCIM_TOKEN"',
    )


def project_settings(start: Path) -> Mapping[str, Any]:
    """The plain values that `scim-sim run` would use in that folder, for those who have options of their own."""
    tables = read_settings(start=start)
    return {name: _placed(name, s) for name, s in {**tables.get("", {}), **tables.get("run", {})}.items() if name}


# -- options ----------------------------------------------------------------------------------------------------------


def equip(commands: Mapping[str, Any]) -> None:
    """Give every option of every command its environment variable, which `--help` shows."""
    for command, option in _options(commands):
        if option.envvar is None or (command, option.name) in OWN:
            option.envvar = variable(command, option.name)


def variable(command: str, option: str) -> str:
    """The environment variable of an option."""
    return f"{PREFIX}{command.upper()}_{option.upper()}" if (command, option) in OWN else f"{PREFIX}{option.upper()}"


def _options(commands: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, command in commands.items():
        for param in command.params:
            if param.param_type_name == "option" and param.name not in _NOT_SET:
                yield name, param


def settings_for(commands: Mapping[str, Any], tables: Tables, ctx: Any) -> MutableMapping[str, Any]:
    """The defaults of every command as the files say, checked; raises `ScenarioError` with the place of a mistake."""
    shared = {param.name for command in commands.values() for param in _settable(command)}
    for name, setting in tables.get("", {}).items():
        if name in commands and name not in shared:
            raise setting.mistake(f'"{name}" is a command', f"its settings stand below [{name}]")
    _check_names(tables.get("", {}), shared, "is no setting")
    for table, settings in tables.items():
        if table and table not in commands:
            raise settings[""].mistake(f'"{table}" is no command', nearest(table, commands))
        if table:
            _check_names(settings, [p.name for p in _settable(commands[table])], f'is no option of "{table}"')
    return {name: dict(_defaults(name, command, tables, ctx)) for name, command in commands.items()}


def _settable(command: Any) -> list[Any]:
    return [p for p in command.params if p.name not in _NOT_SET and (p.param_type_name == "option" or p.name == "suites")]


def _check_names(settings: Mapping[str, Setting], valid: Iterable[str], what: str) -> None:
    names = set(valid)
    for name, setting in settings.items():
        if name and name not in names:
            raise setting.mistake(f'"{setting.key}" {what}', nearest(name, names))


def _defaults(name: str, command: Any, tables: Tables, ctx: Any) -> Iterator[tuple[str, Any]]:
    for param in _settable(command):
        shared = None if (name, param.name) in OWN else tables.get("", {}).get(param.name)
        setting = tables.get(name, {}).get(param.name, shared)
        if setting is None:
            continue
        value = _fitting(param, setting)
        try:
            param.process_value(ctx, value)
        except Exception as error:
            said = getattr(error, "message", None)
            if said is None:
                raise
            raise setting.mistake(f'"{setting.key}": {said}') from None
        yield param.name, value


def _fitting(param: Any, setting: Setting) -> Any:
    """The value as the option takes it: one text for a list, a list for a text with commas, a path from its file."""
    value = _placed(param.name, setting)
    if isinstance(value, dict):
        raise setting.mistake(f'"{setting.key}" is a value, not a table')
    if param.multiple or param.nargs == -1:
        return value if isinstance(value, list) else [value]
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    flag = bool(getattr(param, "is_flag", False))
    if flag is not isinstance(value, bool):
        raise setting.mistake(f'"{setting.key}" is {"true or false" if flag else "a text or a number"}, not {value!r}')
    return value


def _placed(name: str, setting: Setting) -> Any:
    if name not in PATHS or setting.path.parent.resolve() == Path.cwd():
        return setting.value
    values = setting.value if isinstance(setting.value, list) else [setting.value]
    moved = [_from_folder(name, str(value), setting.path.parent) for value in values]
    return moved if isinstance(setting.value, list) else moved[0]


def _from_folder(name: str, value: str, folder: Path) -> str:
    is_name = name in ("profile", "suites") and not (folder / value).exists()
    return value if is_name or Path(value).is_absolute() else str(folder / value)


def from_nearer(ctx: Any, one: str, other: str) -> bool:
    """Whether `other` comes from nearer than `one`: typed on the command line and not in a file, for example."""
    order = ("COMMANDLINE", "ENVIRONMENT", "DEFAULT_MAP", "DEFAULT")

    def rank(name: str) -> int:
        source = ctx.get_parameter_source(name)
        return order.index(source.name) if source is not None and source.name in order else len(order)

    return rank(other) < rank(one)


def effective(ctx: Any, names: Iterable[str]) -> Iterator[str]:
    """The options of these names that come from a variable or a file, as they would be typed."""
    for param in ctx.command.params:
        source = ctx.get_parameter_source(param.name)
        if param.name not in names or source is None or source.name not in ("ENVIRONMENT", "DEFAULT_MAP"):
            continue
        value = ctx.params.get(param.name)
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if param.param_type_name == "argument":
                yield str(one)
            elif one not in (None, False):
                yield from (param.opts[0],) if one is True else (param.opts[0], str(one))
