"""The JSON Schemas that editors use."""

from __future__ import annotations

import json
import re
from pathlib import Path

from generator.catalog import schemas, write_schemas

DATA = Path(__file__).parents[2] / "data"


def test_written_schemas_are_those_of_the_code(tmp_path: Path):
    write_schemas(tmp_path)
    fresh = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text(encoding="utf-8") for path in (DATA / "schema").iterdir()}
    assert kept == fresh, "run generator.catalog.write_schemas('data/schema')"


def test_a_schema_refuses_unknown_fields_and_names_the_required_ones():
    schema = schemas()["model.schema.json"]
    assert schema["additionalProperties"] is False
    assert {"name", "family", "sources"} <= set(schema["required"])
    assert [set(form["required"]) for form in schema["oneOf"]] == [{"modality", "context_max", "config"}, {"shape_of"}]
    assert "slug" not in schema["properties"], "the file name is the slug"


def test_yaml_files_point_editors_at_a_schema_that_exists():
    paths = [path for kind in ("hardware", "cloud", "quantization") for path in DATA.glob(f"{kind}/*.yaml")]
    for path in [*paths, DATA / "site.yaml"]:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert match is not None, path
        assert "properties" in json.loads((path.parent / match[1]).read_text(encoding="utf-8"))
