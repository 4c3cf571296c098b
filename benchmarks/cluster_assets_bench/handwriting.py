"""True texts written by hand, by people who have not read the checks: the honest test of refusals.

The folder `hand_written` holds a packet and a summary of it in each file. The files are frozen: a
text that the checks refuse is a reason to look at the checks, never to change the text.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from cluster_assets.core.packet import packet_from_dict
from cluster_assets.errors import InputError
from cluster_assets_bench.faults.base import Clean

FOLDER = Path(__file__).parent / "hand_written"
SUMS = "SHA256SUMS"


def load_texts(folder: Path = FOLDER) -> list[Clean]:
    """Return the texts of a folder, in the order of their names.

    Raises:
        InputError: `CA-207` when a file is not the one that was frozen.
    """
    texts = []
    for line in (folder / SUMS).read_text("utf-8").splitlines():
        expected, name = line.split()
        path = folder / name
        content = path.read_bytes()
        if sha256(content).hexdigest() != expected:
            raise InputError(
                "CA-207", f"`{name}` is not the text that was frozen in {SUMS}; restore the file"
            )
        value = json.loads(content)
        texts.append(Clean(packet_from_dict(value["packet"]), value["summary"], path.stem))
    return sorted(texts, key=lambda text: text.form)
