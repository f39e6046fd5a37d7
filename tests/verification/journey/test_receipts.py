"""A receipt is genuine only as it was signed; anybody can check it by PDF, by code, by public key."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from typer.testing import CliRunner

from tests.verification.journey.harness import Citizen, World, a_citizen
from verification import receipt_pdf, receipt_words, receipts
from verification.commands import app
from verification.receipts import NotGenuine, Receipt, Signer

SIGNER = Signer(bytes(range(32)))
ONE = Receipt(
    code="c0de" * 8,
    name="张**",
    document="resident_id 1101**********002X",
    title="公司设立登记确认",
    client="registry",
    proven_by="face",
    checks=("challenge", "likeness", "quality"),
    portrait="enrolled",
    at="2026-11-23T09:00:00+08:00",
    is_sandbox=True,
)


class TestAToken:
    def test_says_what_was_signed(self) -> None:
        assert SIGNER.read(SIGNER.token(ONE)) == ONE

    def test_can_be_checked_with_the_public_key_alone(self) -> None:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(SIGNER.public_key))
        assert receipts.read(SIGNER.token(ONE), key) == ONE

    @pytest.mark.parametrize("position", [8, 40, -3])
    def test_that_was_altered_is_not_genuine(self, position: int) -> None:
        token = SIGNER.token(ONE)
        other = "A" if token[position] != "A" else "B"
        altered = (
            token[:position] + other + token[position + 1 :]
            if position > 0
            else token[:-3] + other + token[-2:]
        )
        with pytest.raises(NotGenuine):
            SIGNER.read(altered)
        assert SIGNER.read(token) == ONE

    @pytest.mark.parametrize("token", ["", "nhwy1", "nhwy1..", "签名", "a.b.c"])
    def test_that_is_none_is_not_genuine(self, token: str) -> None:
        with pytest.raises(NotGenuine):
            SIGNER.read(token)

    def test_of_another_key_is_not_genuine(self) -> None:
        with pytest.raises(NotGenuine):
            SIGNER.read(Signer(bytes(32)).token(ONE))

    def test_signed_before_the_secret_changed_stays_genuine(self) -> None:
        now = Signer(bytes(32), bytes(range(32)))
        assert now.read(SIGNER.token(ONE)) == ONE
        assert now.read(now.token(ONE)) == ONE

    def test_is_signed_by_the_newest_seed_alone(self) -> None:
        now = Signer(bytes(32), bytes(range(32)))
        assert now.token(ONE) == Signer(bytes(32)).token(ONE)
        with pytest.raises(NotGenuine):
            SIGNER.read(now.token(ONE))

    def test_of_a_stranger_is_not_genuine_with_many_seeds_either(self) -> None:
        with pytest.raises(NotGenuine):
            Signer(bytes(32), bytes(range(32))).read(Signer(b"x" * 32).token(ONE))

    def test_the_signer_shows_no_key(self) -> None:
        assert bytes(range(32)).hex() not in repr(SIGNER)


class TestWhatAReceiptSays:
    def test_of_a_check_that_was_switched_off_is_that_it_was_not_made(self) -> None:
        said = dict(receipt_words.lines(ONE))
        assert "翻拍检测" not in said["核验项目"]
        assert said["未启用的项目"] == "是否只有本人、翻拍检测"

    def test_of_a_face_with_every_check_leaves_nothing_out(self) -> None:
        every = ("quality", "second_opinion", "challenge", "spoof", "likeness")
        assert "未启用的项目" not in dict(receipt_words.lines(replace(ONE, checks=every)))

    def test_of_a_manual_review_is_not_what_a_face_check_would_have_done(self) -> None:
        reviewed = replace(ONE, proven_by="review", checks=("review",))
        assert "未启用的项目" not in dict(receipt_words.lines(reviewed))


class TestThePdf:
    def made(self) -> bytes:
        return receipt_pdf.pdf(ONE, SIGNER.token(ONE), "http://127.0.0.1/verify/receipt/c0de")

    def test_carries_its_token(self) -> None:
        assert receipts.token_in(self.made()) == SIGNER.token(ONE)

    def test_is_checked_by_command(self, tmp_path: Path) -> None:
        file = tmp_path / "receipt.pdf"
        file.write_bytes(self.made())
        checked = CliRunner().invoke(app, ["receipt", "check", str(file), "--public-key", SIGNER.public_key])
        assert checked.exit_code == 0
        assert "回执真实" in checked.output
        assert "公司设立登记确认" in checked.output

    @pytest.mark.parametrize("typed", [SIGNER.token(ONE), f" {SIGNER.token(ONE)}\n"])
    def test_is_checked_by_its_token_alone(self, typed: str) -> None:
        checked = CliRunner().invoke(app, ["receipt", "check", typed, "--public-key", SIGNER.public_key])
        assert checked.exit_code == 0

    def test_is_not_called_false_for_a_key_that_is_none(self) -> None:
        checked = CliRunner().invoke(app, ["receipt", "check", SIGNER.token(ONE), "--public-key", "zz"])
        assert checked.exit_code == 1
        assert "公钥不对" in checked.output

    def test_that_was_altered_is_found_out(self, tmp_path: Path) -> None:
        file = tmp_path / "receipt.pdf"
        token = SIGNER.token(ONE)
        altered = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
        file.write_bytes(self.made().replace(token.encode(), altered.encode()))
        checked = CliRunner().invoke(app, ["receipt", "check", str(file), "--public-key", SIGNER.public_key])
        assert checked.exit_code == 1

    def test_marks_a_character_that_it_cannot_print(self) -> None:
        assert receipt_pdf.printable("𠮷**·䶮㐂") == "〓**·䶮㐂"
        rare = replace(ONE, name="𠮷**", title="𰻝𰻝面馆设立登记确认")
        assert receipts.token_in(receipt_pdf.pdf(rare, SIGNER.token(rare), "http://127.0.0.1/")) is not None
        assert dict(receipt_words.lines(rare))["姓名"] == "𠮷**", "the check page shows the real one"


class TestTheCheckPage:
    async def test_shows_the_masked_words_to_anybody(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("done")
        path = citizen.html.partition('href="/verify/receipt/')[2].partition("/")[0]
        async with a_citizen(world, "o-anybody") as anybody:
            await anybody.goes_to(f"/verify/receipt/{path}")
            assert "这份回执是真实的" in anybody.html
            assert "张**" in anybody.html
            assert "银行卡核验" in anybody.html
            assert "张小明" not in anybody.html
            async with anybody.client.get(f"/verify/receipt/{path}/pdf") as answer:
                assert answer.status == 404
        async with citizen.client.get(f"/verify/receipt/{path}/pdf") as answer:
            assert (await answer.read()).startswith(b"%PDF")

    async def test_knows_no_receipt_that_was_not_issued(self, citizen: Citizen) -> None:
        await citizen.goes_to("/verify/receipt/" + "0" * 32)
        assert "查不到这份回执" in citizen.html
