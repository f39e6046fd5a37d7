"""The QR code behind 【技术支持】: it tells the official account the step and the failure.

The scene is `s_<step>_<failure>` (handlers reads it; the names stand in faq/content/replies.yml).
"""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

import qrcode

FAILURES: Mapping[tuple[str, str], str] = {
    ("input", "not_found"): "not_found",
    ("input", "too_many"): "too_many",
    ("bankcard", "too_many"): "too_many",
    ("face", "poor"): "poor",
    ("face", "too_many"): "too_many",
    ("face", "mismatch"): "mismatch",
    ("face", "retry"): "mismatch",
    # In the same words as a stranger's face: whoever holds up a photograph is not told what gave it away.
    ("face", "spoof"): "mismatch",
    ("face", "no_template"): "identity",
    ("face", "challenge"): "challenge",
    ("face", "stale"): "retry",
    ("face", "unavailable"): "retry",
    ("face", "camera"): "camera",
}
"""(scene, word of the last answer) -> failure; a pair that is not here has no failure of its own."""


def scene_of(scene: str, word: str = "") -> str:
    """The scene string, at most 64 characters."""
    failure = FAILURES.get((scene, word), "")
    return f"s_{scene}_{failure}" if failure else f"s_{scene}"


def drawn(content: str, label: str, logo: str = "呼应") -> str:
    """The code as SVG with the account's mark in the middle; H-level correction leaves room for it."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_H, border=4)
    code.add_data(content)
    code.make(fit=True)
    rows = code.get_matrix()
    dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    size, mark = len(rows), len(rows) * 0.2
    start = (size - mark) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" '
        f"aria-label={quoteattr(label)}>"
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{dots}" fill="#000"/>'
        f'<rect x="{start}" y="{start}" width="{mark}" height="{mark}" rx="{mark / 6}" fill="#067d3e" '
        f'stroke="#fff" stroke-width="0.8"/>'
        f'<text x="{size / 2}" y="{size / 2}" font-size="{mark * 0.38}" fill="#fff" text-anchor="middle" '
        f'dominant-baseline="central" font-family="sans-serif" font-weight="700">{logo}</text></svg>'
    )
