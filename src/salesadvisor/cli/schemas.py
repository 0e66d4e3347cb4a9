"""The command schema: by which an editor completes and checks the files that people write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from salesadvisor.cli.face import Face, say
from salesadvisor.cli.options import Command

if TYPE_CHECKING:
    from salesadvisor.playbook.json_schema import Schema

_CHECKS = {
    "strategy": "strategy.yaml",
    "rules": "ELEMENT.yaml, the rules of an element",
    "tests": "ELEMENT.test.yaml, their tests",
    "mapping": "a mapping file for import",
}


@click.command("schema", cls=Command)
@click.argument(
    "name", required=False, type=click.Choice(list(_CHECKS)), metavar=f"[{'|'.join(_CHECKS)}]"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write NAME.schema.json there; without a name, all of them.",
)
@click.pass_obj
def schema(face: Face, name: str | None, out: Path | None) -> None:
    """Print a JSON Schema, by which an editor completes and checks.

    Without a name: which there are, and the line that an editor wants.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.playbook.schemas import (
        SCHEMA_FOLDER,
        schema_text,
        setting,
        write_schemas,
    )

    schemas = all_schemas()
    if name is not None:
        schemas = {name: schemas[name]}
    if name is not None and out is None:
        say(schema_text(schemas[name]).rstrip())
        return
    written = None if out is None else write_schemas(out, schemas)
    folder = str(out or SCHEMA_FOLDER)
    page = Page()
    page.rows([(one, _CHECKS[one]) for one in schemas], head=("schema", "checks"), whole=(0,))
    page.line()
    if written is not None:
        page.line(f"{len(written)} written to {folder}")
    page.line("The first line of a file names its schema; the path is seen from the file:")
    page.line(setting(name or "rules", folder), indent=2)
    if written is None:
        face.hint(page, f"salesadvisor schema --out {folder} writes them")
    document = {
        "schemas": [
            {
                "schema": one,
                "checks": _CHECKS[one],
                "setting": setting(one, folder),
                "file": None if written is None else str(written[index]),
            }
            for index, one in enumerate(schemas)
        ]
    }
    face.answer(document, page)


def all_schemas() -> dict[str, Schema]:
    """Every schema by name, made from the models that read the files."""
    from salesadvisor.playbook.schemas import playbook_schemas
    from salesadvisor.sources.mapping_schema import mapping_schema

    return {**playbook_schemas(), "mapping": mapping_schema()}
