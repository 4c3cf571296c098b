"""The resource through which assets and sensor reach the installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from cluster_assets.errors import ClusterAssetsError
from cluster_assets.orchestration.liveness import kept_alive
from cluster_assets.settings import dagster_home, load_settings

if TYPE_CHECKING:  # a return type only, which Dagster does not resolve
    from cluster_assets.batch.installation import Installation


class InstallationResource(dg.ConfigurableResource):
    """Opens this installation, with the settings of the environment and `.env`."""

    def open(self) -> Installation:
        """Open it; source, models and vocabulary load on first use."""
        from cluster_assets.batch.installation import open_installation

        return open_installation(load_settings(), dagster_home())

    @contextmanager
    def yield_for_execution(
        self, context: dg.InitResourceContext
    ) -> Iterator[InstallationResource]:
        """Keep the leases of the run alive while it has this resource."""
        if context.run is None or context.instance is None:  # a sensor's tick
            yield self
            return
        try:
            store = self.open().store
        except ClusterAssetsError:  # the asset reports the error, with its code
            yield self
            return
        with kept_alive(context.instance, store, context.run):
            yield self
