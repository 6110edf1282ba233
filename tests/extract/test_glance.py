from __future__ import annotations

import lxml.html
import pytest

from pipeline.extract.glance import links_in


@pytest.mark.parametrize("links", [20, 2_000])
def test_a_list_of_links_is_told_from_text_however_long_it_is(links):
    """A crowd of links is read in another way, to the same end."""
    listed = "".join(f"<a href='/{n}'><b>Boat</b> {n}</a>, " for n in range(links))
    text, linked = links_in(lxml.html.fromstring(f"<div>Boats:<!-- of today --> {listed}</div>"))
    assert text.startswith("Boats: Boat 0 , Boat 1 ,")
    assert linked == sum(len("Boat") + len(str(n)) for n in range(links))
    assert (
        links_in(lxml.html.fromstring(f"<div>{'Rain at the quay. ' * links * 2}{listed}</div>"))
        is None
    )
