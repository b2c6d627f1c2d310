"""What signs the session cookie? ItsDangerous, with signers and keys made once.

A cookie that is plainly right, and a short one to write, take few calls; whatever is wrong or
unusual about one goes through ItsDangerous' own methods, which also say the error. The property
tests compare both. ``sessions`` imports this when the first session is opened.
"""

from __future__ import annotations

import hashlib
import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator
from hmac import compare_digest
from typing import Any

from itsdangerous import BadSignature as BadSignature
from itsdangerous import HMACAlgorithm, TimestampSigner, URLSafeTimedSerializer

_MOST_KEYS = 64
_BLOCK = 64  # bytes that SHA-1 takes at a time
_SIGNATURE = 27  # characters of the 20 bytes that it gives
_STAMPED = slice(-_SIGNATURE - 1)  # what stands before the dot and the signature
_STAMP = 6  # characters of a time until the year 2106
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"===", b"==", b"=")  # by the length modulo 4
# Not shorter by two, with head and checksum, in any way that RFC 1951 has: each different byte
# stands once for itself, and the table of a code for so many is as long. The test counts the bits.
_TINY, _FEW_REPEATED = 30, 9
# Up to here zlib finds the same matches in its smallest tables, which hold one block of 127.
_SMALL = 126
_begin_small = zlib.compressobj(wbits=-9, memLevel=1).copy
# What makes copies of the inner and of the outer hash, the key's block already in them.
_Begun = tuple[Callable[[], Any], Callable[[], Any]]
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_read_int = int.from_bytes


def _encode(value: bytes) -> bytes:
    """Return the base64 text for URLs (RFC 4648 §5), without padding."""
    return b2a_base64(value).translate(_TO_URL).rstrip(b"=\n")


def _begin_hmac(key: bytes) -> _Begun:
    """Hash the key's part of an HMAC by SHA-1 (RFC 2104 §2 and §4)."""
    if len(key) > _BLOCK:
        key = hashlib.sha1(key).digest()
    block = key.ljust(_BLOCK, b"\0")
    return hashlib.sha1(block.translate(_INNER)).copy, hashlib.sha1(block.translate(_OUTER)).copy


def _hmac(begun: _Begun, value: bytes) -> bytes:
    """Return the HMAC of a value, from what its key began.

    PERF: 0.6 µs; a copy of an object of ``hmac`` takes 1 µs.
    """
    begin_inner, begin_outer = begun
    inner = begin_inner()
    inner.update(value)
    outer = begin_outer()
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest


class _HMACSHA1(HMACAlgorithm):
    """The stock signature, with the key's part of the hash kept: 1 µs instead of 7."""

    def __init__(self) -> None:
        super().__init__(hashlib.sha1)
        self._begun: dict[bytes, _Begun] = {}

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """Return the HMAC (RFC 2104) of a value."""
        return _hmac(self.begin(key), value)

    def begin(self, key: bytes) -> _Begun:
        """Return what makes signatures of this key, its part already in them."""
        found = self._begun.get(key)
        if found is not None:
            return found
        if len(self._begun) >= _MOST_KEYS:
            self._begun.clear()
        begun = self._begun[key] = _begin_hmac(key)
        return begun


class _CachedSigner(TimestampSigner):
    """A signer that derives each secret key once; deriving is half the cost of a signature."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._derived: dict[str | bytes | None, bytes] = {}
        self._stamp = (-1, b"")
        self._plain: list[_Begun] | None = None

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """Return the signing key of a secret key, by default of the newest."""
        derived = self._derived.get(secret_key)
        if derived is None:
            derived = self._derived[secret_key] = super().derive_key(secret_key)
        return derived

    def sign(self, value: str | bytes) -> bytes:
        """Return the value, the time in seconds, and the signature of both, joined by dots."""
        if isinstance(value, str):
            value = value.encode()
        now = self.get_timestamp()
        at, stamp = self._stamp
        if at != now:
            stamp = b"." + _encode(now.to_bytes(8, "big").lstrip(b"\0"))
            self._stamp = now, stamp
        stamped = value + stamp
        keys = self._plain or self._begin_plain()
        if keys:
            signature = b2a_base64(_hmac(keys[0], stamped))[:_SIGNATURE].translate(_TO_URL)
        else:
            signature = _encode(self.algorithm.get_signature(self.derive_key(), stamped))
        return stamped + b"." + signature

    def unsign_plain(self, signed: bytes, max_age: int) -> bytes | None:
        """Return the signed value, or None when :meth:`unsign` must tell what is wrong, if anything.

        PERF: 1.5 µs; ``unsign`` takes 10 µs.
        """
        # The alphabet of RFC 4648 §4 is what is decoded; the signature is that of the text as it came.
        parts = signed.translate(_FROM_URL).rsplit(b".", 2)
        if len(parts) != 3 or len(parts[1]) != _STAMP:
            return None
        stamped, signature = signed[_STAMPED], parts[2] + b"=\n"
        for begun in self._plain or self._begin_plain():
            if compare_digest(b2a_base64(_hmac(begun, stamped)), signature):
                break
        else:
            return None
        try:
            made = _read_int(a2b_base64(parts[1] + b"=="), "big")
        except ValueError:
            return None
        return parts[0] if 0 <= self.get_timestamp() - made <= max_age else None

    def _begin_plain(self) -> list[_Begun]:
        """Return what every key began, newest first; none for another algorithm than the stock one."""
        algorithm = self.algorithm
        self._plain = []
        if isinstance(algorithm, _HMACSHA1):
            keys = reversed(self.secret_keys)
            self._plain = [algorithm.begin(self.derive_key(key)) for key in keys]
        return self._plain


class _CachedSerializer(URLSafeTimedSerializer):
    """A serializer that makes its signer once; signers keep no state between calls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._made: Any = None

    def make_signer(self, salt: str | bytes | None = None) -> Any:
        """Return the signer of all the keys."""
        if salt is not None:
            return super().make_signer(salt)
        if self._made is None:
            self._made = super().make_signer()
        return self._made

    def iter_unsigners(self, salt: str | bytes | None = None) -> Iterator[TimestampSigner]:
        """Return what checks a signature: the one signer tries every key."""
        yield self.make_signer(salt)

    def dumps(self, obj: Any, salt: str | bytes | None = None) -> Any:
        """Return the signed text of a value."""
        payload = self.dump_payload(obj)
        signer = self._made if salt is None else None
        signed = (signer or self.make_signer(salt)).sign(payload)
        return signed.decode() if self.is_text_serializer else signed

    def loads(self, s: str | bytes, *args: Any, max_age: int | None = None, **kwargs: Any) -> Any:
        """Check the signature, and the age if ``max_age`` is given, and return the value.

        Raises:
            BadSignature: It is not signed with one of the keys, or older than ``max_age`` seconds.
            BadPayload: The value cannot be read.
        """
        if max_age is not None and not kwargs and not args:
            signed = s.encode() if type(s) is str else s
            payload = (self._made or self.make_signer()).unsign_plain(signed, max_age)
            if payload is not None:
                return self.load_payload(payload)
        if max_age is not None:
            kwargs["max_age"] = max_age
        return super().loads(s, *args, **kwargs)

    def load_payload(self, payload: bytes, *args: Any, **kwargs: Any) -> Any:
        """Return the value of a payload: base64 text, after a dot if compressed.

        Raises:
            BadPayload: It cannot be read.
        """
        if payload[:1] != b"." and self.is_text_serializer and not args and not kwargs:
            try:
                text = a2b_base64(payload.translate(_FROM_URL) + _PADDING[len(payload) % 4])
                return self.serializer.loads(text.decode())
            except Exception:  # noqa: BLE001 - it is read again, for the error
                pass
        return super().load_payload(payload, *args, **kwargs)

    def dump_payload(self, obj: Any) -> bytes:
        """Return the payload of a value, compressed if that is shorter.

        PERF: zlib takes 35 µs to make the tables it compresses with, and does not shorten most
        sessions; with small tables it takes 2 µs to say so, and to count repeated bytes 0.3 µs.
        """
        options = self.serializer_kwargs
        text: Any = self.serializer.dumps(obj, **options) if options else self.serializer.dumps(obj)
        data = text.encode() if isinstance(text, str) else text
        size = len(data)
        if size <= _TINY and size - len(set(data)) <= _FEW_REPEATED:
            return _encode(data)
        if size > _SMALL or _shrinks(data):
            compressed = zlib.compress(data)
            if len(compressed) < size - 1:
                return b"." + _encode(compressed)
        return _encode(data)


def _shrinks(data: bytes) -> bool:
    """Tell whether compressing makes at most ``_SMALL`` bytes shorter by two at least."""
    deflate = _begin_small()
    head_and_checksum = 6
    length = head_and_checksum + len(deflate.compress(data)) + len(deflate.flush())
    return length < len(data) - 1


def serializer_for(
    keys: tuple[Any, ...],
    salt: str,
    serializer: Any,
    key_derivation: str,
    digest_method: Any,
    is_sha1: bool,
) -> URLSafeTimedSerializer:
    """Return a new serializer of these parameters; the last key signs."""
    return _CachedSerializer(
        list(keys),
        salt=salt,
        serializer=serializer,
        signer=_CachedSigner,
        signer_kwargs={
            "key_derivation": key_derivation,
            "digest_method": digest_method,
            "algorithm": _HMACSHA1() if is_sha1 else None,
        },
    )
