"""The handing over of one mail in a session with its server."""

import aiosmtplib

from services.notifications.channels import mail, smtp
from services.notifications.channels.mail import MailContent
from services.notifications.channels.smtp import SendOutcome, SendResult
from shared.addresses import encode_address


async def send_mail(session: aiosmtplib.SMTP, content: MailContent, seconds: float) -> SendResult:
    """Write the mail and give it to the server within `seconds`.

    Raises `ServerUnavailable` if the session is of no use any more. A mail that can't be written has failed.
    """
    try:
        message = mail.write_mail(content)
        recipient = encode_address(content.address)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail, the others go on
        return SendResult(SendOutcome.FAILED, f"the mail could not be written: {type(error).__name__}")
    return await smtp.hand_over(session, message, content.sender, recipient, seconds)
