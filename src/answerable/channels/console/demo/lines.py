"""What the customers of Fjellro write, in order. The brand, its goods and its customers are invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from answerable.channels.console.demo import pictures
from answerable.channels.console.demo.brand import HANDLES

BRAND = ""  # the author is the brand itself, by its handle on that network


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happens. wait: seconds after the line before. answers, quotes: the ref of an earlier line.
    then: what the customer writes when the brand has answered. edits, deletes: the ref that is changed or taken down."""

    ref: str
    network: str
    who: str
    text: str = ""
    wait: float = 0
    language: str = ""
    answers: str = ""
    quotes: str = ""
    picture: Callable[[], bytes] | None = None
    alt: str = ""
    then: str = ""
    edits: str = ""
    deletes: str = ""


# handle → (name, followers); everybody else is known by the handle alone
PEOPLE: dict[str, tuple[str, int]] = {
    "ingrid_h": ("Ingrid Haugsdal", 412),
    "rolf.odegard": ("Rolf Ødegård", 96),
    "marit.solheim": ("Marit Solheim", 233),
    "will_tarn": ("Will Tarn", 1_870),
    "lena.morozova": ("Лена Морозова", 5_320),
    "andrei_p": ("Андрей П.", 148),
    "ioana.munteanu": ("Ioana Munteanu", 640),
    "radu_pe_creste": ("Radu pe creste", 12_400),
    "zuzka.h": ("Zuzka Hrivnáková", 301),
    "peter.kral": ("Peter Kráľ", 77),
    "hanne_ute": ("Hanne er ute", 8_950),
    "priya.walks": ("Priya Nair", 2_260),
    "quick.cash.4u": ("QUICK CASH", 3),
    "tobias.nilsen": ("Tobias Nilsen", 54),
}

LINES: tuple[Line, ...] = (
    Line(
        "helg", "plaza", BRAND, language="nb",
        text="Siste turhelg før snøen? Varde-teltet er på lager igjen, og med koden HØSTRO er frakten vår spandering "
        "ut søndag.",
    ),
    Line(
        "kode", "plaza", "marit.solheim", language="nb", answers="helg",
        text="Har prøvd HØSTRO tre ganger nå, og hver gang står det «ugyldig kode». Blir det noe fri frakt, eller var "
        "det bare for å få oss inn på siden?",
        then="Nå gikk den gjennom! Takk for at dere svarte så fort.",
    ),
    Line(
        "pakke", "chirp", "ingrid_h", language="nb",
        text="@fjellro Bestilte Varde-teltet for elleve dager siden. Sporingen sier «registrert» og har sagt det siden "
        "dag én. Vi drar fredag. Hvor er pakka?",
        then="Ok, da venter jeg på sms i morgen. Men jeg tror det når jeg ser det.",
    ),
    Line(
        "molniya", "meadow", "lena.morozova", language="ru", picture=pictures.zip_torn,
        alt="Синяя куртка крупным планом: молния разошлась ниже бегунка",
        text="@fjellro.meadow На второй прогулке разошлась молния на куртке «Гребень». Куртка стоила 4200 крон, "
        "носила её четыре дня. Что мне теперь с ней делать?",
        then="Спасибо, номер заказа отправила в личные сообщения. Жду.",
    ),
    Line(
        "topanky", "starboard", "zuzka.h", language="sk",
        text="Dve hviezdičky, a aj tie len za milú pani pri pokladni. Na vybavenie reklamácie topánok čakám šiesty "
        "týždeň, na maily neodpovedá nikto a do telefónu mi zakaždým povedia niečo iné.",
    ),
    Line(
        "rucsac", "courier", "ioana.munteanu", language="ro",
        text="Bună ziua! Am comandat rucsacul Creasta de 65 de litri și mi-a venit cel de 45 (comanda FR-20417). Plec "
        "joia viitoare. Apuc să-l schimb până atunci?",
        then="Mulțumesc mult, l-am împachetat deja. Aștept curierul mâine.",
    ),
    Line(
        "packed", "chirp", "priya.walks", language="en",
        text="Whoever packed my order at @fjellro: the handwritten note, the spare guy lines, a day early. You made a "
        "grey Tuesday a good one.",
    ),
    Line(
        "mats", "chirp", "will_tarn", language="en",
        text="@fjellro will two 65 cm mats lie flat side by side in the Varde 2, or is that wishful thinking?",
        then="Brilliant, that's all I needed. Ordering tonight.",
    ),
    Line(
        "mats-bystander", "chirp", "hanne_ute", language="en", answers="mats",
        text="Not staff, but we own one: two 60s are fine, two 65s overlap at the feet. Nobody died.",
    ),
    Line(
        "spam", "plaza", "quick.cash.4u", language="en", answers="helg",
        text="🔥🔥 $3000 a WEEK from your sofa!!! Only 7 places left 👉 luck-of-the-draw.example/go 🔥🔥",
    ),
    Line(
        "telefon", "chirp", "rolf.odegard", language="nb",
        text="@fjellro Tredje gang jeg ringer, tredje gang jeg blir satt over til en som ikke vet noe. Primusen lekker "
        "gass. GASS. Er det noen hjemme hos dere?",
    ),
    Line(
        "nedela", "meadow", "peter.kral", language="sk",
        text="@fjellro.meadow Dobrý deň, dá sa objednávka vyzdvihnúť v bergenskej predajni aj v nedeľu? Na stránke "
        "máte dve rôzne otváracie doby.",
        then="Super, tak v sobotu do tretej. Ďakujem za rýchlu odpoveď!",
    ),
    Line(
        "pakke-igjen", "courier", "ingrid_h", language="nb", wait=14,
        text="Hei, Ingrid her. Jeg skrev til dere på Chirp også om teltet som ikke kommer (ordre FR-20388). Skriver "
        "her i tilfelle det er lettere å slå opp når dere har nummeret.",
    ),
    Line(
        "natt", "chirp", "hanne_ute", language="nb", wait=12, picture=pictures.tent_at_night,
        alt="Et opplyst telt under stjernehimmelen, med mørke fjell bak",
        text="Sju minus og null kondens. @fjellro, dere kan sy telt.",
    ),
    Line(
        "chat", "courier", "andrei_p", language="ru", wait=16,
        text="Здравствуйте! Оплата за спальник прошла дважды, оба раза по 1890 крон. Выписку из банка могу прислать. "
        "Когда вернёте лишнее?",
        then="Понял, три рабочих дня. Если в четверг денег не будет, напишу снова.",
    ),
    Line(
        "kode-edit", "plaza", "marit.solheim", edits="kode", wait=10,
        text="Har prøvd HØSTRO tre ganger nå, og hver gang står det «ugyldig kode». Blir det noe fri frakt, eller var "
        "det bare for å få oss inn på siden? EDIT: samme på mobilen.",
    ),
    Line(
        "creste", "meadow", "radu_pe_creste", language="ro", wait=18,
        text="Trei branduri întrebate dacă mai repară bețe de trekking din generația veche. Unul a răspuns în zece "
        "minute, unul cu un robot. @fjellro.meadow, voi sunteți al treilea. Se poate?",
    ),
    Line(
        "meg-ogsa", "plaza", "tobias.nilsen", language="nb", answers="kode", wait=11,
        text="Samme her, Marit. Stor Ø i koden er kanskje ikke så lurt, dere?",
    ),
    Line(
        "gass", "chirp", "rolf.odegard", language="nb", answers="telefon", wait=15,
        text="Fortsatt ingenting. Jeg har en primus på balkongen som jeg ikke tør å ta inn. Artig at dere har tid til å "
        "legge ut teltbilder.",
        then="Det var da på tide. Den står ute, og ventilen er stengt. Send meg returlappen.",
    ),
    Line(
        "recenzia", "starboard", "peter.kral", language="sk", wait=13,
        text="Pekný obchod, poradili mi s veľkosťou a nenútili do drahšieho. Jedna hviezdička dole za parkovanie, to je "
        "v tej ulici hotové dobrodružstvo.",
    ),
    Line(
        "retur", "courier", "tobias.nilsen", language="nb", wait=17,
        text="Kan jeg levere tilbake noe jeg kjøpte på nett i butikken på Voss, eller må det i posten?",
        then="Topp, da stikker jeg innom på torsdag.",
    ),
    Line(
        "furie", "plaza", "ioana.munteanu", language="ro", answers="helg", wait=12,
        text="Transport gratuit, dar rucsacul greșit! Bravo, oameni buni.",
    ),
    Line(
        "skog", "chirp", "lena.morozova", language="ru", wait=14,
        text="@fjellro Вопрос не про жалобу: чем лучше пропитать палатку после сезона, чтобы не испортить ткань? "
        "В инструкции ни слова.",
        then="О, спасибо! Так и сделаю, сначала на краешке.",
    ),
    Line("furie-stearsa", "plaza", "ioana.munteanu", deletes="furie", wait=10),
    Line(
        "school", "chirp", "priya.walks", language="en", wait=15,
        text="@fjellro I run a walking group for teenagers who own no kit at all. Do you ever lend out or sell off "
        "returned boots? Happy to collect.",
    ),
    Line(
        "stelpa", "starboard", "marit.solheim", language="nb", wait=16,
        text="Bestilte støvler i 39, fikk to venstresko. Den ene i 41. Jeg lo lenge, men fem stjerner blir det ikke før "
        "jeg har en høyresko.",
    ),
    Line(
        "sibir", "meadow", "andrei_p", language="ru", wait=13,
        text="@fjellro.meadow Спасибо продавцу Йонасу из Бергена: отговорил от покупки за 6000 и починил старый рюкзак "
        "за двести. Вернусь только к вам.",
    ),
    Line(
        "helg-quote", "chirp", "will_tarn", language="en", quotes="natt", wait=12,
        text="This is the tent I keep going on about. @fjellro please tell me it stays in stock past the weekend.",
    ),
    Line(
        "klage", "chirp", "rolf.odegard", language="nb", wait=18,
        text="@fjellro Primusen er tilbakesendt. To uker, og ikke én krone å se. Svarer dere ikke i dag, går saken til "
        "Forbrukerrådet, og naboen min er journalist.",
    ),
    Line(
        "deti", "plaza", "zuzka.h", language="sk", answers="helg", wait=14,
        text="Máte ten stan aj v menšom, pre dve deti na záhradu? A dá sa poslať na Slovensko?",
        then="Výborne, objednám. A tie topánky? Reklamácia je stále otvorená.",
    ),
    Line(
        "creste-bystander", "meadow", "ioana.munteanu", language="ro", answers="creste", wait=11,
        text="Mie mi le-au reparat anul trecut, Radu, și n-au luat decât transportul.",
    ),
    Line(
        "gift", "courier", "priya.walks", language="en", wait=17,
        text="Hello! A friend gave me a Fjellro voucher from 2023. Is it still good, or did I wait too long?",
        then="Wonderful. I have my eye on a headlamp.",
    ),
)  # fmt: skip


def handle_of(line: Line) -> str:
    """Who acts in a line."""
    return line.who or HANDLES[line.network]
