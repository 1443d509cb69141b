"""The small catalogue with little hardware, for builds that are done many times or over a network."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.publish.small_site import copy_data

KEPT = ("rtx-4090", "tesla-t4", "aws-g4dn-16xlarge")


def tiny_data(folder: Path, models: tuple[str, ...]) -> Path:
    """The real data with a few models, two devices, a cloud instance and no group."""
    copy_data(folder, models)
    for path in [*(folder / "hardware").iterdir(), *(folder / "cloud").iterdir()]:
        content = yaml.safe_load(path.read_text())
        part = "instances" if "instances" in content else "devices"
        kept = [each for each in content.get(part, ()) if each["slug"] in KEPT]
        if kept:
            path.write_text(yaml.safe_dump(content | {part: kept}))
        else:
            path.unlink()
    site = yaml.safe_load((folder / "site.yaml").read_text())
    (folder / "site.yaml").write_text(
        yaml.safe_dump(site | {"common_devices": list(KEPT[:2]), "more_devices": [], "memory_classes_gb": [24]})
    )
    return folder
