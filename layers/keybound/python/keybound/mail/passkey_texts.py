"""The texts of the mails about added and removed passkeys, in the languages of Keybound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keybound.domain.theme import PasskeyMailTexts
from keybound.mail.languages import with_own

PLACEHOLDERS = frozenset({"realm", "name", "passkey", "time"})


@dataclass(frozen=True)
class PasskeyTexts:
    """Placeholders: `{realm}`, `{name}` (the person's), `{passkey}` (its name), `{time}` (a moment
    in this language).

    greeting_by_name is used where the name reads as a name, greeting elsewhere. unasked: what to
    do if it was somebody else. reason: why this mail came. questions: before the support address.
    """

    greeting: str
    greeting_by_name: str
    added_subject: str
    added_heading: str
    added_body: str
    added_unasked: str
    removed_subject: str
    removed_heading: str
    removed_body: str
    removed_unasked: str
    reason: str
    questions: str


PASSKEY_TEXTS: dict[str, PasskeyTexts] = {
    "en": PasskeyTexts(
        greeting="Hello,",
        greeting_by_name="Hello {name},",
        added_subject="A passkey was added to your account at {realm}",
        added_heading="A passkey was added",
        added_body="The passkey “{passkey}” was added to your account at {realm} on {time}. "
        "Whoever has it can sign in as you.",
        added_unasked="If it was you, there is nothing to do. If it was not you, tell {realm} at "
        "once, so that the passkey is revoked, and check who else can read your mail.",
        removed_subject="A passkey was removed from your account at {realm}",
        removed_heading="A passkey was removed",
        removed_body="The passkey “{passkey}” was removed from your account at {realm} on {time}. "
        "Nobody can sign in with it any more.",
        removed_unasked="If you asked for this, there is nothing to do. If you did not, tell "
        "{realm} at once: somebody may be trying to lock you out.",
        reason="You get this mail whenever a passkey of your account at {realm} is added or "
        "removed.",
        questions="You reach {realm} here:",
    ),
    "de": PasskeyTexts(
        greeting="Guten Tag,",
        greeting_by_name="Guten Tag, {name},",
        added_subject="Ihrem Konto bei {realm} wurde ein Passkey hinzugefügt",
        added_heading="Ein Passkey wurde hinzugefügt",
        added_body="Ihrem Konto bei {realm} wurde der Passkey „{passkey}“ hinzugefügt, und zwar "
        "am {time}. Wer ihn hat, kann sich als Sie anmelden.",
        added_unasked="Wenn Sie es waren, ist nichts zu tun. Wenn nicht, melden Sie es {realm} "
        "sofort, damit der Passkey gesperrt wird, und prüfen Sie, wer Ihre Mails sonst lesen kann.",
        removed_subject="Aus Ihrem Konto bei {realm} wurde ein Passkey entfernt",
        removed_heading="Ein Passkey wurde entfernt",
        removed_body="aus Ihrem Konto bei {realm} wurde der Passkey „{passkey}“ entfernt, und zwar "
        "am {time}. Niemand kann sich mehr damit anmelden.",
        removed_unasked="Wenn Sie das wollten, ist nichts zu tun. Wenn nicht, melden Sie es "
        "{realm} sofort: Vielleicht will Sie jemand aussperren.",
        reason="Diese Mail bekommen Sie immer, wenn Ihrem Konto bei {realm} ein Passkey "
        "hinzugefügt oder daraus entfernt wird.",
        questions="So erreichen Sie {realm}:",
    ),
    "fr": PasskeyTexts(
        greeting="Bonjour,",
        greeting_by_name="Bonjour {name},",
        added_subject="Une clé d’accès a été ajoutée à votre compte {realm}",
        added_heading="Une clé d’accès a été ajoutée",
        added_body="La clé d’accès «\u00a0{passkey}\u00a0» a été ajoutée à votre compte {realm} le "
        "{time}. Qui la possède peut se connecter à votre place.",
        added_unasked="Si c’était vous, il n’y a rien à faire. Sinon, prévenez {realm} tout de "
        "suite, pour que cette clé soit révoquée, et vérifiez qui d’autre peut lire vos e-mails.",
        removed_subject="Une clé d’accès a été retirée de votre compte {realm}",
        removed_heading="Une clé d’accès a été retirée",
        removed_body="La clé d’accès «\u00a0{passkey}\u00a0» a été retirée de votre compte "
        "{realm} le {time}. Plus personne ne peut s’en servir pour se connecter.",
        removed_unasked="Si vous l’avez demandé, il n’y a rien à faire. Sinon, prévenez {realm} "
        "tout de suite\u00a0: quelqu’un cherche peut-être à vous priver de votre accès.",
        reason="Vous recevez ce message chaque fois qu’une clé d’accès de votre compte {realm} "
        "est ajoutée ou retirée.",
        questions="Pour joindre {realm}\u00a0:",
    ),
    "es": PasskeyTexts(
        greeting="Hola.",
        greeting_by_name="Hola, {name}.",
        added_subject="Se ha añadido una llave de acceso a su cuenta de {realm}",
        added_heading="Se ha añadido una llave de acceso",
        added_body="La llave de acceso «{passkey}» se añadió a su cuenta de {realm} el {time}. "
        "Quien la tenga puede entrar como usted.",
        added_unasked="Si fue usted, no tiene que hacer nada. Si no, avise enseguida a {realm} "
        "para que se revoque, y compruebe quién más puede leer su correo.",
        removed_subject="Se ha quitado una llave de acceso de su cuenta de {realm}",
        removed_heading="Se ha quitado una llave de acceso",
        removed_body="La llave de acceso «{passkey}» se quitó de su cuenta de {realm} el {time}. "
        "Nadie puede entrar ya con ella.",
        removed_unasked="Si lo pidió usted, no tiene que hacer nada. Si no, avise enseguida a "
        "{realm}: puede que alguien quiera dejarle sin acceso.",
        reason="Recibe este mensaje cada vez que se añade o se quita una llave de acceso de su "
        "cuenta de {realm}.",
        questions="Para contactar con {realm}:",
    ),
}


def texts_with(own: Iterable[PasskeyMailTexts]) -> Mapping[str, PasskeyTexts]:
    """Return Keybound's texts with a realm's own in their places."""
    return with_own(PASSKEY_TEXTS, own)
