"""Strips as a picture of their own, for a page that shows images and no HTML of ours."""

from __future__ import annotations

from pdsec_checks.reports.html.page import environment
from pdsec_checks.reports.ring import drawing
from pdsec_checks.reports.ring.html import RingPage, policy_of


def as_picture(page: RingPage) -> str:
    """Return the policies with dead windows, and a key of what is drawn, as one SVG document.

    It brings its colours, for light and for dark pages, because an image inherits none.
    """
    drawings = page.drawings
    drawn = {box.band for each in drawings for row in each.days for box in row.boxes}
    return (
        environment()
        .get_template("ring.svg.jinja")
        .render(
            drawings=[(policy_of(each.strip), each) for each in drawings],
            bands=[each for each in page.bands if each[0] in drawn],
            DAY_WIDTH=drawing.WIDTH,
            HEIGHT=drawing.HEIGHT,
        )
    )
