"""Passwords that are easily guessed: common ones, rows of keys, and what everybody knows of the person."""

from __future__ import annotations

import re
import unicodedata

_LISTED = """password passw0rd p@ssw0rd p@ssword qwertyuiop qwerty123 qwerty12 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc q1w2e3r4 qazwsx123
    iloveyou iloveyou1 woaini1314 woaini520 woaini123 aini1314 a1b2c3d4 abc12345 abcd1234 abc123456 abcd123456 admin123 admin1234
    administrator root1234 letmein1 welcome1 welcome123 sunshine princess football baseball superman batman123 dragon123 monkey123
    master123 shadow123 trustno1 michael1 jennifer computer internet whatever starwars passport changeme changeme123 default1 test1234
    testtest guest1234 user1234 hello123 helloworld zaq12wsx asdf1234 asdfghjkl asdfghjk zxcvbnm1 zxcvbnm123 qweasdzxc 147258369
    159357456 13145201314 5201314520 52013140 88888888 66668888 12344321 11223344 11112222 123qweasd 123123123 123321123 asd123456
    qq123456 wang1234 zhang123 liu12345 li123456 chen1234 a123456789 aa123456 aaa123456 as123456 p@55w0rd password1 password12
    password123 passwort qingdao123 qingdao1 xihaian1 shandong sunmao123 sunmao1234"""
COMMON = frozenset(_LISTED.split())
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "9876543210")


def guessable(password: str, *known: str) -> bool:
    """Whether a password is common, a run of keys, one piece repeated, or made of words known of the person."""
    plain = unicodedata.normalize("NFKC", password).lower()
    if plain in COMMON or any(plain in row for row in ROWS) or re.fullmatch(r"(.{1,4})\1+", plain):
        return True
    words = {piece for word in known for piece in re.split(r"[@.\s_\d-]+", word.lower()) if len(piece) >= 3}
    rest = plain
    for word in sorted({*words, "sunmao", "password"}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(re.sub(r"\d+", "", rest)) < 3 and rest != plain and len(rest) < 6
