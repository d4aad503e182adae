"""What is sent for an alert, and its signature, as the specification Standard Webhooks describes both."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from standardwebhooks import Webhook

from indexer.snapshot.errors import UsageError
from indexer.snapshot.format.alerts import STORED_ALERT, StoredAlert

SECRET_VARIABLE = "KHABAR_WEBHOOK_SECRET"  # noqa: S105  # the name of the variable
EVENT_TYPE = "alert.found"

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,}={0,2}")
"""At least 24 bytes, as the specification asks for."""

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Message:
    """The id of a delivery, by which receivers discard repeats, and its body, JSON."""

    id: str
    body: str

    @classmethod
    def of(cls, alert: StoredAlert) -> "Message":
        """Return the message for an alert.

        The id is made of what no two alerts share, and not of a number: it is the same in every delivery, and also if
        the history is lost and the paragraph is found again.
        """
        names = json.dumps([alert.saved_search, alert.paragraph.id]).encode()
        content = {
            "type": EVENT_TYPE,
            "timestamp": alert.found_at,
            "data": STORED_ALERT.dump_python(alert, mode="json"),
        }
        return cls(
            f"alert_{blake2b(names, digest_size=_ID_BYTES).hexdigest()}", json.dumps(content, ensure_ascii=False)
        )

    def headers(self, signer: Webhook, now: datetime) -> dict[str, str]:
        """Return the headers of a delivery at a moment, in UTC; each attempt has a signature of its own."""
        return {
            "Content-Type": "application/json",
            "webhook-id": self.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign(self.id, now, self.body),
        }


def signer_with(secret: str | None) -> Webhook:
    """Return what signs with the secret of the environment.

    Raises:
        UsageError: the variable is not set, or it does not hold a secret of this form.
    """
    if not secret:
        raise UsageError(f"{SECRET_VARIABLE} is not set: without it no alert is sent, because nobody could trust it")
    if not _SECRET.fullmatch(secret):
        raise UsageError(f"{SECRET_VARIABLE} is not whsec_ and at least 24 random bytes in Base64")
    try:
        return Webhook(secret)
    except ValueError as error:
        raise UsageError(f"{SECRET_VARIABLE} is not whsec_ and Base64") from error
