"""What is wrong with a server's certificate, or with what the port speaks instead of TLS."""

from __future__ import annotations

import datetime as dt
import re

from scim_sim.target.diagnose import Row

__all__ = ["expiry", "tls_row"]

_VALIDITY = re.compile(rb"(?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z)(?:\x17\x0d(\d{12}Z)|\x18\x0f(\d{14}Z))")


def tls_row(verify_code: int, text: str, host: str, port: int, *, expired: str = "") -> Row:
    """Why TLS failed: `verify_code` is OpenSSL's X509 verify result or 0, `text` the library's message.

    `expired` is the day on which the certificate ended, where it has; it is told before any other fault of it.
    """
    match verify_code:
        case 18 | 19 | 20 | 21 if expired:
            cause, what = "expired", f"the certificate has expired on {expired}, and nobody known here has issued it"
            step = "have it renewed by a known authority"
        case 10:
            cause, what, step = "expired", "the certificate has expired", "have the certificate renewed"
        case 9:
            cause, what, step = "not-yet-valid", "the certificate is not valid yet", "check the clocks of both machines"
        case 18:
            cause, what = "self-signed", "the certificate is self-signed"
            step = "install one from a known authority, or pass it with --ca-file; identity providers accept no self-signed one"
        case 19 | 20 | 21:
            cause, what = (
                "unknown-issuer",
                "the certificate's issuer is not known here, or an intermediate certificate is missing",
            )
            step = "serve the whole chain; if the issuer is your own, pass its certificate with --ca-file"
        case 62 | 64:
            cause, what = "wrong-name", f"the certificate is for another name than {host}"
            step = "use the name in the certificate, or have one issued for this name"
        case _ if "WRONG_VERSION" in text.upper() or "HTTP_REQUEST" in text.upper() or "RECORD_LAYER" in text.upper():
            cause, what = "plain-http", f"port {port} does not speak TLS; most likely it is plain HTTP"
            step = f"use http:// for a trial, or the port that serves https:// (usually 443, not {port})"
        case _:
            cause, what, step = (
                "tls",
                f"the TLS handshake failed: {text}",
                "check TLS version and ciphers of the server (TLS 1.2 at least)",
            )
    return Row("tls", "fail", cause, f"{what} ({host}:{port})", step)


def expiry(certificate: bytes) -> float | None:
    """When an X.509 certificate in DER ends, in seconds since 1970; `None` for what is none.

    It is the second time of its Validity (RFC 5280 section 4.1.2.5).
    """
    found = _VALIDITY.search(certificate)
    if found is None:
        return None
    short, long = found[1], found[2]
    text = long.decode() if long else ("20" if int(short[:2]) < 50 else "19") + short.decode()
    moment = dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.UTC)
    return moment.timestamp()
