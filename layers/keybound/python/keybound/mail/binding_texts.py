"""The texts of the mail that carries a binding link, in the languages that come with Keybound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from keybound.domain.theme import BindingMailTexts
from keybound.mail.languages import with_own

PLACEHOLDERS = frozenset({"realm", "name", "expires"})


@dataclass(frozen=True)
class BindingTexts:
    """Placeholders: `{realm}`, `{name}` (the person's), `{expires}` (a moment in this language).

    greeting_by_name is used where the name reads as a name, greeting elsewhere.
    """

    subject: str
    heading: str
    greeting: str
    greeting_by_name: str
    body: str
    button: str
    expires: str
    unasked: str
    copy_hint: str
    questions: str


BINDING_TEXTS: dict[str, BindingTexts] = {
    "en": BindingTexts(
        subject="Create your passkey for {realm}",
        heading="Create your passkey",
        greeting="Hello,",
        greeting_by_name="Hello {name},",
        body="With a passkey you sign in to {realm} by the fingerprint, face or PIN of your device."
        " There is no password to remember. Open the link on the device that you want to sign in "
        "with.",
        button="Create a passkey",
        expires="The link works for one passkey, until {expires}.",
        unasked="You did not ask for this? Then do not open the link and do not pass it on: "
        "whoever uses it can sign in as you. Nothing changes as long as nobody uses it.",
        copy_hint="If the button does not work, copy this address into your browser:",
        questions="Questions? {realm} helps here:",
    ),
    "de": BindingTexts(
        subject="Richten Sie Ihren Passkey für {realm} ein",
        heading="Richten Sie Ihren Passkey ein",
        greeting="Guten Tag,",
        greeting_by_name="Guten Tag, {name},",
        body="mit einem Passkey melden Sie sich bei {realm} mit Fingerabdruck, Gesicht oder PIN "
        "Ihres Geräts an. Ein Passwort brauchen Sie nicht. Öffnen Sie den Link auf dem Gerät, mit "
        "dem Sie sich anmelden möchten.",
        button="Passkey einrichten",
        expires="Der Link gilt für einen Passkey, bis {expires}.",
        unasked="Sie haben das nicht angefordert? Dann öffnen Sie den Link nicht und geben Sie ihn "
        "nicht weiter: Wer ihn benutzt, kann sich als Sie anmelden. Solange ihn niemand benutzt, "
        "ändert sich nichts.",
        copy_hint="Wenn die Schaltfläche nicht geht, kopieren Sie diese Adresse in Ihren Browser:",
        questions="Fragen? {realm} hilft Ihnen hier:",
    ),
    "fr": BindingTexts(
        subject="Créez votre clé d’accès pour {realm}",
        heading="Créez votre clé d’accès",
        greeting="Bonjour,",
        greeting_by_name="Bonjour {name},",
        body="Avec une clé d’accès, vous vous connectez à {realm} avec l’empreinte, le visage ou "
        "le code de votre appareil, sans mot de passe. Ouvrez le lien sur l’appareil avec lequel "
        "vous voulez vous connecter.",
        button="Créer une clé d’accès",
        expires="Le lien sert à créer une seule clé d’accès, jusqu’au {expires}.",
        unasked="Vous n’avez rien demandé\u00a0? N’ouvrez pas le lien et ne le transmettez à "
        "personne\u00a0: qui s’en sert peut se connecter à votre place. Tant que personne ne s’en "
        "sert, rien ne change.",
        copy_hint="Si le bouton ne fonctionne pas, copiez cette adresse dans votre "
        "navigateur\u00a0:",
        questions="Des questions\u00a0? {realm} vous aide ici\u00a0:",
    ),
    "es": BindingTexts(
        subject="Cree su llave de acceso para {realm}",
        heading="Cree su llave de acceso",
        greeting="Hola.",
        greeting_by_name="Hola, {name}.",
        body="Con una llave de acceso usted entra en {realm} con la huella, la cara o el PIN de su "
        "dispositivo, sin contraseña. Abra el enlace en el dispositivo con el que quiera entrar.",
        button="Crear una llave de acceso",
        expires="El enlace sirve para una sola llave de acceso, hasta el {expires}.",
        unasked="¿No lo ha pedido? No abra el enlace ni se lo pase a nadie: quien lo use podrá "
        "entrar como usted. Mientras nadie lo use, nada cambia.",
        copy_hint="Si el botón no funciona, copie esta dirección en su navegador:",
        questions="¿Preguntas? {realm} le ayuda aquí:",
    ),
}


def texts_with(own: Iterable[BindingMailTexts]) -> Mapping[str, BindingTexts]:
    """Return Keybound's texts with a realm's own in their places."""
    return with_own(BINDING_TEXTS, own)
