"""A page stands alone: it asks for nothing, and runs only what its policy names by hash."""

import base64
import hashlib
import re

from pipeline.page import document
from pipeline.page.markup import tag


def test_the_policy_names_the_very_style_and_script_that_are_in_the_page() -> None:
    page = document.document("a <title>", tag("main", "x"))
    style, script = (re.search(rf"<{name}>(.*?)</{name}>", page, re.DOTALL) for name in ("style", "script"))
    assert style
    assert script
    hashes = [f"sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}" for found in (style, script)]
    told = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert told
    assert told[1].replace("&#x27;", "'") == (
        f"default-src 'none'; style-src '{hashes[0]}'; script-src '{hashes[1]}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_a_page_names_no_address_and_no_inline_style_or_handler() -> None:
    page = document.document("t", tag("main", "x"))
    assert not re.search(r"(?:https?:)?//[a-z]|@import|url\((?!#)|\sstyle=|\son[a-z]+=", re.sub(r"// .*", "", page))
    assert "<title>t</title>" in page


def test_every_class_that_gives_a_colour_is_in_the_style() -> None:
    style = document._FOLDER.joinpath("page.css").read_text("utf-8")
    for name in [
        *(f"h{level}" for level in range(1, 9)),
        *(f"s{tone}.line" for tone in range(1, 7)),
        *(f"s{tone}.layer" for tone in range(1, 7)),
    ]:
        assert f".{name}" in style


def test_words_are_readable_on_both_grounds() -> None:
    """Contrast as WCAG 2.2 computes it, 1.4.3: 4.5 to 1 for words."""
    style = document._FOLDER.joinpath("page.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part))
        for part in style.partition("@media print")[0].split("prefers-color-scheme: dark")
    )
    for colours in (light, dark):
        pairs = [(ink, ground) for ink in ("ink", "quiet", "ok", "warn", "bad", "s1") for ground in ("ground", "surface")]
        pairs += [(level, f"{level}-ground") for level in ("ok", "warn", "bad", "unknown")]
        pairs += [("quiet", f"{level}-ground") for level in ("ok", "warn", "bad", "unknown")]
        for ink, ground in pairs:
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground, contrast(colours[ink], colours[ground]))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
