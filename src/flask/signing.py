"""What signs the session cookie? ItsDangerous, with signers and keys made once.

``sessions`` imports this when the first session is opened.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from itsdangerous import HMACAlgorithm, TimestampSigner, URLSafeTimedSerializer


class _HMACSHA1(HMACAlgorithm):
    """The stock signature in one call of C code: 1 µs instead of 7."""

    def __init__(self) -> None:
        super().__init__(hashlib.sha1)

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """Return the HMAC (RFC 2104) of a value."""
        return hmac.digest(key, value, "sha1")


class _CachedSigner(TimestampSigner):
    """A signer that derives each secret key once; deriving is half the cost of a signature."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._derived: dict[str | bytes | None, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """Return the signing key of a secret key, by default of the newest."""
        derived = self._derived.get(secret_key)
        if derived is None:
            derived = self._derived[secret_key] = super().derive_key(secret_key)
        return derived


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


@lru_cache(maxsize=32)
def serializer_for(
    keys: tuple[Any, ...],
    salt: str,
    serializer: Any,
    key_derivation: str,
    digest_method: Any,
    is_sha1: bool,
) -> URLSafeTimedSerializer:
    """Return the serializer of these parameters, made once for each of the last few sets."""
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
