"""Platform ids at rest: encrypted for writing to, one-way for looking up.

The data keys stand in the database, sealed with the secret key. So the secret can be changed
without losing the one-way keys of people whose ids nobody knows any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.campaign_models import Staff, Subscription, VaultKey
from bot.store.dialect import insert_for
from bot.store.keys import KeyWrong, one_way

KEY, NONCE = 32, 12
CHUNK = 5_000


class Vault:
    """The data keys in use. Made by `open_vault`."""

    def __init__(self, cipher: bytes, hashing: bytes) -> None:
        self._cipher, self._hashing = AESGCM(cipher), hashing

    def person(self, channel: str, platform_id: str) -> bytes:
        """The 16-byte one-way key of somebody on a channel."""
        return one_way(self._hashing, "person", channel, platform_id)

    def seal(self, channel: str, platform_id: str) -> bytes:
        """A platform's id, encrypted; it opens only for the same channel."""
        return _seal(self._cipher, platform_id.encode(), channel.encode())

    def unseal(self, channel: str, sealed: bytes) -> str:
        """The platform's id. Raises `KeyWrong` when it was sealed with another key."""
        return _unseal(self._cipher, sealed, channel.encode()).decode()


async def open_vault(engine: AsyncEngine, secret: bytes) -> Vault:
    """The vault of a database, made on first use. Raises `KeyWrong` for another secret."""
    insert = insert_for(engine)
    async with engine.begin() as connection:
        sealed = await connection.scalar(select(VaultKey.sealed).where(VaultKey.id == 1))
        if sealed is None:
            keys = os.urandom(2 * KEY)
            row = {"id": 1, "sealed": _seal(_outer(secret), keys), "made_at": datetime.now(UTC)}
            await connection.execute(insert(VaultKey).values(row).on_conflict_do_nothing())
            sealed = await connection.scalar(select(VaultKey.sealed).where(VaultKey.id == 1))
    keys = _unseal(_outer(secret), sealed or b"")
    return Vault(keys[:KEY], keys[KEY:])


async def rotate(
    engine: AsyncEngine, old: bytes, new: bytes, done: Callable[[int], None] = lambda _: None
) -> int:
    """Seal everything anew: a fresh cipher key, itself sealed with the `new` secret.

    All or nothing, in one transaction. The one-way keys stay, so that nobody is forgotten or
    offered what they must not be. Returns how many ids were sealed anew; `done` is told each
    chunk. Raises `KeyWrong` when `old` does not open the vault. Other processes must be restarted
    with the new secret.
    """
    await open_vault(engine, old)
    count = 0
    async with engine.begin() as connection:
        sealed = await connection.scalar(
            select(VaultKey.sealed).where(VaultKey.id == 1).with_for_update()
        )
        keys = _unseal(_outer(old), sealed or b"")
        fresh = os.urandom(KEY)
        before, after = Vault(keys[:KEY], keys[KEY:]), Vault(fresh, keys[KEY:])
        last = 0
        while True:
            query = select(Subscription.id, Subscription.channel, Subscription.sealed)
            query = query.where(Subscription.id > last).order_by(Subscription.id).limit(CHUNK)
            rows = (await connection.execute(query)).all()
            if not rows:
                break
            for row in rows:
                anew = after.seal(row.channel, before.unseal(row.channel, row.sealed))
                change = update(Subscription).where(Subscription.id == row.id)
                await connection.execute(change.values(sealed=anew))
            last, count = rows[-1].id, count + len(rows)
            done(len(rows))
        staff = select(Staff.name, Staff.channel, Staff.sealed).where(Staff.sealed.is_not(None))
        for one in (await connection.execute(staff)).all():
            anew = after.seal(one.channel, before.unseal(one.channel, one.sealed or b""))
            known = update(Staff).where(Staff.name == one.name)
            await connection.execute(known.values(sealed=anew))
        kept = {"sealed": _seal(_outer(new), fresh + keys[KEY:]), "made_at": datetime.now(UTC)}
        await connection.execute(update(VaultKey).where(VaultKey.id == 1).values(**kept))
    return count


def _outer(secret: bytes) -> AESGCM:
    """The cipher that the secret key makes."""
    return AESGCM(HKDF(SHA256(), KEY, salt=b"antam vault", info=b"1").derive(secret))


def _seal(cipher: AESGCM, plain: bytes, about: bytes = b"") -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, plain, about)


def _unseal(cipher: AESGCM, sealed: bytes, about: bytes = b"") -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], about)
    except (InvalidTag, ValueError):
        what = (
            "the secret key does not open this database: set ANTAM_SECRET_KEY (or restore "
            "secret.key in the data folder) to the key it was made with"
        )
        raise KeyWrong(what) from None
