"""The receipt as one page of PDF, with its token inside and a QR code to check it.

The Chinese font is one that PDF readers bring themselves (Adobe-GB1), so no font file is needed or shipped.
"""

import io

import qrcode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from verification import receipt_words
from verification.receipts import Receipt

FONT = "STSong-Light"
WIDTH, HEIGHT = A4
MARGIN = 25 * mm
LINE = 11 * mm
LABEL = 42 * mm
QR = 45 * mm
GETA = "〓"
"""Stands, as in Chinese printing, for a character that the font does not have."""


def pdf(one: Receipt, token: str, address: str) -> bytes:
    """The receipt; `address` is what its QR code leads to."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, lang="zh-CN")
    canvas.setTitle("身份核验回执")
    # Readable without unpacking anything, so that `receipt check` finds it.
    canvas.setKeywords(token)
    canvas.setFont(FONT, 22)
    canvas.drawCentredString(WIDTH / 2, HEIGHT - 35 * mm, "身份核验回执")
    top = HEIGHT - 58 * mm
    lines = [(label, printable(value)) for label, value in receipt_words.lines(one)]
    for label, value in lines:
        top = _line(canvas, top, label, value)
    _draw_qr(canvas, address, top - QR - 6 * mm)
    canvas.setFont(FONT, 11)
    canvas.drawString(MARGIN + QR + 8 * mm, top - 20 * mm, "扫一扫，核对这份回执是否真实")
    canvas.drawString(MARGIN + QR + 8 * mm, top - 28 * mm, f"回执编号 {one.code}")
    if any(GETA in value for _, value in lines):
        canvas.drawString(
            MARGIN + QR + 8 * mm, top - 36 * mm, f"{GETA} 是这里印不出的生僻字，扫一扫可以看到原字"
        )
    canvas.save()
    return made.getvalue()


def printable(text: str) -> str:
    """The text with a geta mark for each rare character, which would else be left out without a word.

    Adobe-GB1 ends where Unicode 3.0 ended: no characters of the planes beyond the first, none from U+9FA6 on.
    """
    return "".join(GETA if c > "\uffff" or "\u9fa6" <= c <= "\u9fff" else c for c in text)


def _line(canvas: Canvas, top: float, label: str, value: str) -> float:
    canvas.setFont(FONT, 13)
    canvas.drawString(MARGIN, top, label)
    room = WIDTH - 2 * MARGIN - LABEL
    for part in _broken(value, room):
        canvas.drawString(MARGIN + LABEL, top, part)
        top -= LINE * 0.65
    return float(top - LINE * 0.35)


def _broken(value: str, room: float) -> list[str]:
    """The value in pieces that fit on a line; Chinese may break anywhere."""
    lines = [""]
    for character in value:
        if pdfmetrics.stringWidth(lines[-1] + character, FONT, 13) > room:
            lines.append("")
        lines[-1] += character
    return lines


def _draw_qr(canvas: Canvas, address: str, bottom: float) -> None:
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    code.make(fit=True)
    rows = code.get_matrix()
    dot = QR / len(rows)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                canvas.rect(MARGIN + x * dot, bottom + QR - (y + 1) * dot, dot, dot, stroke=0, fill=1)
