"""The texts of the mail that carries a one-time password, in the languages of Keybound."""

from dataclasses import dataclass

PLACEHOLDERS = frozenset({"realm", "expires"})


@dataclass(frozen=True)
class OtpTexts:
    """Placeholders: `{realm}`, `{expires}` (a moment in this language)."""

    subject: str
    heading: str
    body: str
    expires: str
    unasked: str
    questions: str


OTP_TEXTS: dict[str, OtpTexts] = {
    "en": OtpTexts(
        subject="Your code to sign in to {realm}",
        heading="Your code",
        body="Type this code on the page where you asked for it:",
        expires="The code works once, until {expires}, and only on that page.",
        unasked="You did not ask for this? Then ignore this mail. Never tell the code to anybody: "
        "nobody at {realm} will ask you for it.",
        questions="Questions? {realm} helps here:",
    ),
    "de": OtpTexts(
        subject="Ihr Code für die Anmeldung bei {realm}",
        heading="Ihr Code",
        body="Geben Sie diesen Code auf der Seite ein, auf der Sie ihn angefordert haben:",
        expires="Der Code gilt einmal, bis {expires}, und nur auf dieser Seite.",
        unasked="Sie haben das nicht angefordert? Dann beachten Sie diese Mail nicht. Sagen Sie "
        "den Code niemandem: Bei {realm} wird Sie niemand danach fragen.",
        questions="Fragen? {realm} hilft Ihnen hier:",
    ),
    "fr": OtpTexts(
        subject="Votre code pour vous connecter à {realm}",
        heading="Votre code",
        body="Saisissez ce code sur la page où vous l’avez demandé\u00a0:",
        expires="Le code sert une fois, jusqu’au {expires}, et seulement sur cette page.",
        unasked="Vous n’avez rien demandé\u00a0? Ignorez ce message. Ne donnez le code à "
        "personne\u00a0: personne chez {realm} ne vous le demandera.",
        questions="Des questions\u00a0? {realm} vous aide ici\u00a0:",
    ),
    "es": OtpTexts(
        subject="Su código para entrar en {realm}",
        heading="Su código",
        body="Escriba este código en la página donde lo pidió:",
        expires="El código sirve una vez, hasta el {expires}, y solo en esa página.",
        unasked="¿No lo ha pedido? No haga caso de este mensaje. No dé el código a nadie: nadie "
        "de {realm} se lo pedirá.",
        questions="¿Preguntas? {realm} le ayuda aquí:",
    ),
}
