"""How Okta words what went wrong: the text of a task is `<Okta's words>: <reason phrase>. Errors reported by remote server: ...`.

Templates: Okta's table of event messages and System Log; the JSON complaints are those of the parser Okta uses.
"""

from __future__ import annotations

import re

from scim_sim.idp.flows import error_detail
from scim_sim.wire import NotJson, Response

__all__ = ["json_complaint", "reason"]

PHRASES = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
    304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Payload Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 422: "Unprocessable Entity", 423: "Locked", 428: "Precondition Required",
    429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip

EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def reason(response: Response) -> str:
    """What stands after Okta's own words: the phrase of the status, and what the remote server reported."""
    phrase = PHRASES.get(response.status) or response.reason or str(response.status)
    return f"{phrase}. Errors reported by remote server: {_remote(response)}"


def _remote(response: Response) -> str:
    try:
        response.json()
    except NotJson:
        return json_complaint(response.text)
    return error_detail(response) or "null"


def json_complaint(text: str) -> str:
    """How the JSON parser complains about a text that is no JSON."""
    text = text.lstrip()
    if not text:
        return "Invalid JSON: No content to map due to end-of-input"
    token = re.match(r"\w+", text)
    if token and not text[0].isdigit():
        return f"Invalid JSON: Unrecognized token '{token[0][:40]}': was expecting {EXPECTED}"
    if text[0] in '{["':
        return "Invalid JSON: Unexpected end-of-input or unexpected character within the document"
    return f"Invalid JSON: Unexpected character ('{text[0]}' (code {ord(text[0])})): expected a valid value {EXPECTED}"
