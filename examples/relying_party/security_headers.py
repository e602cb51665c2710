"""Headers that every answer carries."""

from flask import Flask, Response, request


def install(app: Flask, auth_origin: str) -> None:
    """Our own scripts and styles only; scripts may speak to our back end and the service."""
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {auth_origin}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = policy
        # Codes, requests and binding tokens pass through our addresses: send those to nobody.
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = (
            "publickey-credentials-create=(self), publickey-credentials-get=(self)"
        )
        if request.endpoint not in ("static", "sdk"):
            headers["Cache-Control"] = "no-store"
        return response
