"""Charts as inline SVG that a strict Content-Security-Policy lets through, with the same
figures as a table for people who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import pygal
from markupsafe import Markup
from pygal.style import Style

from config.formats import money, money_round

_COLORS = 6  # as many as app.css names: --tp-chart-1 ... --tp-chart-6
_LEVEL_LABELS = 8  # more of them would run into each other
_SLANT = 35


@dataclass(frozen=True, slots=True)
class Series:
    """One coloured layer: a name and a value in cents for each label of the chart."""

    name: str
    values_cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart; its figures stand beside it as a table, for people who cannot see it."""

    title: str
    svg: Markup


def stacked_bars(
    *, title: str, labels: Sequence[str], series: Sequence[Series], currency: str, nonce: str
) -> Chart:
    """Stacked columns of money: one column per label, one layer per series.

    Every series holds one value in cents of `currency` for each label (ValueError otherwise).
    `nonce` is the page's own, which allows the one `<style>` that the drawing brings.
    """
    for one in series:
        if len(one.values_cents) != len(labels):
            raise ValueError(f"{one.name}: {len(one.values_cents)} values, {len(labels)} labels")
    drawing = pygal.StackedBar(
        **_look(labels=len(labels), layers=len(series)),
        value_formatter=lambda v: money_round(int(v), currency),
    )
    drawing.x_labels = list(labels)
    for one in series:
        drawing.add(
            one.name,
            [
                {"value": v, "formatter": lambda x: money(int(x), currency)}
                for v in one.values_cents
            ],
        )
    drawing.add_xml_filter(lambda root: _tame(root, title=title, nonce=nonce))
    return Chart(
        title=title,
        svg=Markup(drawing.render(is_unicode=True)),  # noqa: S704 - pygal escapes names itself
    )


def _look(*, labels: int, layers: int) -> dict[str, object]:
    colors = tuple(f"var(--tp-chart-{at % _COLORS + 1})" for at in range(max(layers, 1)))
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--tp-muted)",
        foreground_strong="var(--tp-ink)",
        foreground_subtle="var(--tp-line)",
        guide_stroke_color="var(--tp-line)",
        major_guide_stroke_color="var(--tp-line)",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        colors=colors,
        value_colors=colors,
        font_family="inherit",
        label_font_size=15,
        major_label_font_size=15,
        legend_font_size=16,
        opacity="1",
        opacity_hover=".85",
        stroke_opacity="1",
        transition="0s",
    )
    return {
        "style": style,
        "width": 860,
        "height": 340,
        "explicit_size": False,
        "disable_xml_declaration": True,
        "js": (),
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 3,
        "legend_box_size": 12,
        "rounded_bars": 2,
        "margin": 6,
        "spacing": 14,
        "max_scale": 7,
        "truncate_label": -1,
        "x_label_rotation": _SLANT if labels > _LEVEL_LABELS else 0,
    }


def _tame(root: Element, *, title: str, nonce: str) -> Element:
    """Take out what the policy forbids and name the picture for a screen reader."""
    for parent in root.iter():
        for child in list(parent):
            kind = str(child.tag).rpartition("}")[2]
            if kind in {"script", "title"}:
                parent.remove(child)
            elif kind == "style":
                child.set("nonce", nonce)
        parent.attrib.pop("style", None)
    root.set("role", "img")
    root.set("aria-label", f"{title}. The same figures follow as a table.")
    root.set("focusable", "false")
    return root
