"""The entry point that `workspace.yaml` names; nothing else belongs here."""

from cluster_assets.orchestration.build import build_defs

defs = build_defs()
