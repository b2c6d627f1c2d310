"""What signs the session cookie? ItsDangerous, with signers and keys made once.

A cookie that is plainly right, and a short one to write, take few calls; whatever is wrong or
unusual about one goes through ItsDangerous' own methods, which also say the error. The property
tests compare both. ``sessions`` imports this when the first session is opened.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator
from typing import Any

from itsdangerous import BadSignature as BadSignature
from itsdangerous import HMACAlgorithm, TimestampSigner, URLSafeTimedSerializer

_MOST_KEYS = 64
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"===", b"==", b"=")  # by the length modulo 4
# Up to here zlib finds the same matches in its smallest tables, which hold one block of 127.
_SMALL = 126
_begin_small = zlib.compressobj(wbits=-9, memLevel=1).copy
_Begun = Callable[[], Any]


def _encode(value: bytes) -> bytes:
    """Return the base64 text for URLs (RFC 4648 §5), without padding."""
    return b2a_base64(value, newline=False).translate(_TO_URL).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    """Read what :func:`_encode` wrote; other characters are left out, as ItsDangerous does.

    Raises:
        ValueError: It is no base64.
    """
    return a2b_base64(text.translate(_FROM_URL) + _PADDING[len(text) % 4])


def _hmac(begun: _Begun, value: bytes) -> bytes:
    """Return the HMAC (RFC 2104) of a value, from what its key began."""
    signature = begun()
    signature.update(value)
    digest: bytes = signature.digest()
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
        begun = self._begun[key] = hmac.new(key, digestmod=hashlib.sha1).copy
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
            stamp = _encode(now.to_bytes(8, "big").lstrip(b"\0"))
            self._stamp = now, stamp
        stamped = b"%b.%b" % (value, stamp)
        keys = self._plain or self._begin_plain()
        if keys:
            signature = _hmac(keys[0], stamped)
        else:
            signature = self.algorithm.get_signature(self.derive_key(), stamped)
        return b"%b.%b" % (stamped, _encode(signature))

    def unsign_plain(self, signed: bytes, max_age: int) -> bytes | None:
        """Return the signed value, or None when :meth:`unsign` must tell what is wrong, if anything.

        PERF: 2 µs; ``unsign`` takes 10 µs.
        """
        stamped, _, signature = signed.rpartition(b".")
        for begun in self._plain or self._begin_plain():
            if hmac.compare_digest(_encode(_hmac(begun, stamped)), signature):
                break
        else:
            return None
        value, found, stamp = stamped.rpartition(b".")
        if not found or len(stamp) != 6:  # so until the year 2106
            return None
        try:
            made = int.from_bytes(a2b_base64(stamp.translate(_FROM_URL) + b"=="), "big")
        except ValueError:
            return None
        return value if 0 <= self.get_timestamp() - made <= max_age else None

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

    _made: Any = None

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

    def loads(self, s: str | bytes, *args: Any, **kwargs: Any) -> Any:
        """Check the signature, and the age if ``max_age`` is given, and return the value.

        Raises:
            BadSignature: It is not signed with one of the keys, or older than ``max_age`` seconds.
            BadPayload: The value cannot be read.
        """
        max_age = kwargs.get("max_age")
        if max_age is not None and len(kwargs) == 1 and not args:
            signed = s.encode() if isinstance(s, str) else s
            signer = self._made or self.make_signer()
            value = signer.unsign_plain(signed, max_age)
            if value is not None:
                return self.load_payload(value)
        return super().loads(s, *args, **kwargs)

    def load_payload(
        self, payload: bytes, *args: Any, serializer: Any | None = None, **kwargs: Any
    ) -> Any:
        """Return the value of a payload: base64 text, after a dot if compressed.

        Raises:
            BadPayload: It cannot be read.
        """
        if payload[:1] != b"." and self.is_text_serializer and serializer is None and not args:
            try:
                return self.serializer.loads(_decode(payload).decode())
            except Exception:  # noqa: BLE001 - it is read again, for the error
                pass
        return super().load_payload(payload, *args, serializer=serializer, **kwargs)

    def dump_payload(self, obj: Any) -> bytes:
        """Return the payload of a value, compressed if that is shorter.

        PERF: zlib takes 35 µs to make the tables it compresses with, and does not shorten most
        sessions; with small tables it takes 2 µs to say so.
        """
        text: str | bytes = self.serializer.dumps(obj, **self.serializer_kwargs)
        data = text.encode() if isinstance(text, str) else text
        if len(data) > _SMALL or _shrinks(data):
            compressed = zlib.compress(data)
            if len(compressed) < len(data) - 1:
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
