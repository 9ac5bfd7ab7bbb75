"""Pictures that fool comparing: with nothing in them, too small, too large, or with most of them shared by design.

Each family is of pictures of which none is another: whoever takes two of them for one is wrong. Drawn with fixed seeds.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.helpers.pictures import draw

Family = Mapping[str, Image.Image]

_TEXT = (
    "harbour lantern meadow copper willow sparrow granite velvet thunder orchard marble river candle forest silver "
    "winter garden castle mirror feather island shadow bridge ember valley anchor crystal morning raven autumn paper "
    "clock stone ribbon tower honey letter market sailor violin compass"
)
WORDS = _TEXT.split()


def blank() -> Family:
    """Nothing at all, in several sizes."""
    return {
        "white": Image.new("RGB", (400, 300), "white"),
        "white, larger": Image.new("RGB", (900, 700), "white"),
        "black": Image.new("RGB", (400, 300), "black"),
        "black, upright": Image.new("RGB", (300, 500), "black"),
        "transparent": Image.new("RGBA", (400, 300), (0, 0, 0, 0)),
    }


def flat() -> Family:
    """One colour each."""
    colours = {"red": (420, 300), "navy": (420, 300), "olive": (640, 480), "grey": (500, 500), "pink": (300, 420)}
    return {colour: Image.new("RGB", size, colour) for colour, size in colours.items()}


def gradients() -> Family:
    """From one colour to another: side to side, top to bottom, from the middle outwards."""
    ways: dict[str, Callable[[int, int], np.ndarray]] = {
        "across": lambda w, h: np.tile(np.linspace(0, 1, w), (h, 1)),
        "down": lambda w, h: np.tile(np.linspace(0, 1, h)[:, None], (1, w)),
        "round": lambda w, h: np.hypot(*np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))) / 2**0.5,
    }
    pairs = {"dusk": ((20, 10, 80), (250, 150, 60)), "sea": ((0, 60, 110), (190, 240, 230))}
    return {
        f"{name} {way}": Image.fromarray(_between(*colours, share(480, 360)))
        for name, colours in pairs.items()
        for way, share in ways.items()
    }


def skies() -> Family:
    """Grounds that different people drew, in nearly the same colours: the middle moved a little, or a finer grain."""
    day, evening = ((250, 240, 120), (80, 30, 60)), ((250, 235, 110), (80, 30, 70))
    grain = np.random.default_rng(8).normal(0, 6, (384, 512, 3))
    drawn = {
        "sun": _between(*day, _round(512, 384, 0.0)),
        "sun moved": _between(*evening, _round(512, 384, 0.02)),
        "sun small": _between(*evening, _round(400, 300, 0.01)),
        "sun grained": _between(*evening, _round(512, 384, 0.02)) + grain,
    }
    return {name: Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)) for name, pixels in drawn.items()}


def nearly_blank() -> Family:
    """A dot on white, elsewhere or of another size."""
    dots = {"left": (90, 80, 6), "right": (300, 210, 6), "low": (150, 260, 14), "tiny": (200, 100, 1)}
    return {name: _with(Image.new("RGB", (400, 300), "white"), partial(_dot, *dot)) for name, dot in dots.items()}


def tiny() -> Family:
    """Under 64 pixels in at least one direction."""
    noise = np.random.default_rng(3)
    strips = {
        f"{width}x{height} {letter}": Image.fromarray(noise.integers(0, 256, (height, width, 3), dtype=np.uint8))
        for width, height in ((1, 2000), (2000, 1), (2, 2))
        for letter in "ab"
    }
    dots = {f"1x1 {colour}": Image.new("RGB", (1, 1), colour) for colour in ("white", "red")}
    icons = {f"16x16 {number}": draw(700 + number, (64, 64)).resize((16, 16)) for number in range(4)}
    return strips | dots | icons | {f"63x63 {number}": draw(720 + number, (63, 63)) for number in range(4)}


def panoramas() -> Family:
    """Ten and twenty times as wide as high."""
    sizes = {740: (2000, 200), 741: (2000, 200), 742: (3000, 150), 743: (3000, 150)}
    return {f"{width // height}x1 {seed}": draw(seed, (width, height)) for seed, (width, height) in sizes.items()}


def pages() -> Family:
    """Texts in one font and layout."""
    return {f"page {number}": _page(np.random.default_rng(760 + number)) for number in range(4)}


def forms() -> Family:
    """One template, filled in differently."""
    return {f"form {number}": _form(np.random.default_rng(780 + number)) for number in range(4)}


def regular() -> Family:
    """Checkerboards and stripes of several widths."""
    boards = {f"checkers {edge}": _checkers(edge) for edge in (20, 32, 50)}
    stripes = {f"stripes {width}": _stripes(width) for width in (12, 20, 45)}
    return boards | stripes | {"stripes 16 down": _stripes(16).transpose(Image.Transpose.ROTATE_90)}


def noise() -> Family:
    """White noise, fine and coarse."""
    made = {}
    for number in range(4):
        size = (150, 200) if number % 2 else (300, 400)
        cells = np.random.default_rng(800 + number).integers(0, 256, size, dtype=np.uint8)
        made[f"noise {number}"] = Image.fromarray(cells).resize((400, 300), Image.Resampling.NEAREST)
    return made


def codes() -> Family:
    """Squares of black and white cells with the same three corner marks, as phones read them."""
    return {f"code {number}": _code(np.random.default_rng(820 + number)) for number in range(4)}


def icons() -> Family:
    """Drawn in lines, on white, all in one style."""
    strokes: dict[str, Callable[[ImageDraw.ImageDraw], object]] = {
        "clock": lambda pen: (_ring(pen, 128, 90), pen.line((128, 66, 128, 128, 170, 140), 0, 8)),
        "plus": lambda pen: (_ring(pen, 128, 90), _bar(pen), pen.line((128, 80, 128, 176), 0, 8)),
        "minus": lambda pen: (_ring(pen, 128, 90), _bar(pen)),
        "search": lambda pen: (_ring(pen, 112, 70), pen.line((162, 162, 226, 226), 0, 10)),
        "house": lambda pen: pen.line(
            (28, 128, 128, 36, 228, 128, 196, 128, 196, 220, 60, 220, 60, 128, 28, 128), 0, 8
        ),
        "letter": lambda pen: (
            pen.rectangle((28, 64, 228, 192), None, 0, 8),
            pen.line((28, 64, 128, 140, 228, 64), 0, 8),
        ),
    }
    return {name: _with(Image.new("L", (256, 256), 255), stroke) for name, stroke in strokes.items()}


def flags() -> Family:
    """Three bands, a cross, a disc."""
    bands = {
        "green white red": ("#009246", "white", "#ce2b37"),
        "blue white red": ("#0055a4", "white", "#ef4135"),
        "black yellow red": ("#222222", "#ffd90c", "#ef3340"),
    }
    crosses = {"blue on white": ("white", "#002f6c"), "yellow on blue": ("#006aa7", "#fecc02")}
    discs = {"red on white": ("white", "#bc002d"), "red on green": ("#006a4e", "#f42a41")}
    return (
        {f"upright {name}": _bands(colours) for name, colours in bands.items()}
        | {"lying red white blue": _bands(("#ae1c28", "white", "#21468b")).transpose(Image.Transpose.ROTATE_270)}
        | {f"cross {name}": _cross(*colours) for name, colours in crosses.items()}
        | {f"disc {name}": _disc(*colours) for name, colours in discs.items()}
    )


def textures() -> Family:
    """Different places of the same endless mail, scales, bricks and weave; each piece has a shade of its own."""
    kinds = {"mail": _mail, "scales": _scales, "bricks": _bricks, "weave": _weave}
    return {
        f"{name} {place}": _texture(piece, number * 3 + place)
        for number, (name, piece) in enumerate(kinds.items())
        for place in range(3)
    }


def watermarks() -> Family:
    """Nothing but slanted grey words; and the same words over different drawings."""
    alone = {
        f"only {word}": _watermarked(Image.new("RGB", (480, 360), "white"), word)
        for word in ("SAMPLE", "PROOF", "DRAFT")
    }
    return alone | {f"over {seed}": _watermarked(draw(seed), "SAMPLE") for seed in (840, 841, 842)}


def captions() -> Family:
    """The same bar of words under, and above, different drawings."""
    return {f"captioned {seed}": _captioned(draw(seed, (600, 440))) for seed in (860, 861, 862, 863)}


def frames() -> Family:
    """The same ornate frame around different drawings."""
    return {f"framed {seed}": _framed(draw(seed, (400, 300))) for seed in (880, 881, 882, 883)}


def screenshots() -> Family:
    """The same window with different drawings in it."""
    return {f"window {seed}": _window(draw(seed, (360, 270))) for seed in (900, 901, 902, 903)}


def on_white(picture: Image.Image) -> Image.Image:
    """As it looks on a white page."""
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def huge(seed: int = 920) -> Image.Image:
    """A hundred megapixels, drawn small and enlarged."""
    return draw(seed, (500, 500)).resize((10_000, 10_000), Image.Resampling.BILINEAR)


PLAIN = {
    "blank": blank,
    "flat": flat,
    "gradients": gradients,
    "skies": skies,
    "nearly blank": nearly_blank,
    "tiny": tiny,
    "regular": regular,
}
"""Families of which a picture, altered, need not be found: there is too little in it, or too much of the same."""

FULL = {
    "panoramas": panoramas, "pages": pages, "forms": forms, "noise": noise, "codes": codes, "icons": icons,
    "flags": flags, "textures": textures, "watermarks": watermarks, "captions": captions, "frames": frames,
    "screenshots": screenshots,
}  # fmt: skip
"""Families of pictures with enough to see."""


def _between(first: tuple[int, ...], last: tuple[int, ...], share: np.ndarray) -> np.ndarray:
    return (np.array(first) + (np.array(last) - np.array(first)) * share[..., None]).round().astype(np.uint8)


def _round(width: int, height: int, moved: float) -> np.ndarray:
    away = np.hypot(*np.meshgrid(np.linspace(-0.5, 0.5, width) - moved, np.linspace(-0.5, 0.5, height)))
    return (away - away.min()) / (away.max() - away.min())


def _with(picture: Image.Image, change: Callable[[ImageDraw.ImageDraw], object]) -> Image.Image:
    change(ImageDraw.Draw(picture))
    return picture


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _dot(x: int, y: int, reach: int, pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill="black")


def _ring(pen: ImageDraw.ImageDraw, middle: int, reach: int) -> None:
    pen.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), None, 0, 8)


def _bar(pen: ImageDraw.ImageDraw) -> None:
    pen.line((80, 128, 176, 128), 0, 8)


def _page(random: np.random.Generator) -> Image.Image:
    page = Image.new("L", (600, 820), 255)
    pen = ImageDraw.Draw(page)
    pen.text((60, 50), " ".join(random.choice(WORDS, 3)).title(), 0, _font(24))
    for line in range(28):
        pen.text((60, 100 + line * 24), " ".join(random.choice(WORDS, 8)), 0, _font(15))
    return page


def _form(random: np.random.Generator) -> Image.Image:
    form = Image.new("L", (640, 480), 255)
    pen = ImageDraw.Draw(form)
    pen.rectangle((20, 16, 620, 56), 40)
    pen.text((34, 24), "Monthly statement of deliveries", 255, _font(20))
    for row in range(13):
        pen.line((20, 76 + row * 30, 620, 76 + row * 30), 120)
        if row < 12:
            label, what, count = f"Item {row + 1}", random.choice(WORDS), random.integers(1, 9999)
            for x, text in ((30, label), (150, what), (330, f"{count}"), (480, f"{count * 3 % 997}.50")):
                pen.text((x, 82 + row * 30), text, 0, _font(15))
    for x in (20, 140, 320, 470, 620):
        pen.line((x, 76, x, 436), 120)
    return form


def _checkers(edge: int) -> Image.Image:
    y, x = np.indices((400, 400)) // edge
    return Image.fromarray(((x + y) % 2 * 255).astype(np.uint8))


def _stripes(width: int) -> Image.Image:
    _, x = np.indices((360, 480)) // width
    return Image.fromarray((x % 2 * 200 + 30).astype(np.uint8))


def _code(random: np.random.Generator) -> Image.Image:
    cells = random.integers(0, 2, (33, 33), dtype=np.uint8) * 255
    mark = np.zeros((7, 7), np.uint8)
    mark[1:-1, 1:-1], mark[2:-2, 2:-2] = 255, 0
    for rows, columns in ((slice(0, 7), slice(0, 7)), (slice(0, 7), slice(-7, None)), (slice(-7, None), slice(0, 7))):
        cells[rows, columns] = mark
    return Image.fromarray(np.pad(cells, 3, constant_values=255)).resize((390, 390), Image.Resampling.NEAREST)


def _bands(colours: tuple[str, ...]) -> Image.Image:
    flag = Image.new("RGB", (450, 300))
    pen = ImageDraw.Draw(flag)
    for number, colour in enumerate(colours):
        pen.rectangle((number * 150, 0, number * 150 + 149, 299), colour)
    return flag


def _cross(ground: str, cross: str) -> Image.Image:
    flag = Image.new("RGB", (450, 300), ground)
    pen = ImageDraw.Draw(flag)
    pen.rectangle((130, 0, 190, 300), cross)
    pen.rectangle((0, 120, 450, 180), cross)
    return flag


def _disc(ground: str, disc: str) -> Image.Image:
    return _with(Image.new("RGB", (450, 300), ground), lambda pen: pen.ellipse((135, 60, 315, 240), disc))


Piece = Callable[[ImageDraw.ImageDraw, int, int, int], None]
"""Draws one piece at a place, in a shade."""


def _texture(piece: Piece, place: int) -> Image.Image:
    """A place of an endless texture of pieces of 24 pixels: no two places share any."""
    picture = Image.new("L", (480, 360), 20)
    pen = ImageDraw.Draw(picture)
    shades = np.random.default_rng(940 + place).normal(150, 25, (20, 24)).clip(60, 250).astype(int)
    for row in range(-1, 17):
        for column in range(-1, 21):
            piece(pen, column * 24 + row % 2 * 12 - place * 7 % 24, row * 24, int(shades[row, column]))
    return picture


def _mail(pen: ImageDraw.ImageDraw, x: int, y: int, shade: int) -> None:
    pen.ellipse((x - 5, y - 5, x + 27, y + 27), None, shade, 5)


def _scales(pen: ImageDraw.ImageDraw, x: int, y: int, shade: int) -> None:
    pen.ellipse((x - 2, y - 14, x + 26, y + 30), shade, 30, 2)


def _bricks(pen: ImageDraw.ImageDraw, x: int, y: int, shade: int) -> None:
    pen.rectangle((x + 1, y + 1, x + 22, y + 21), shade)


def _weave(pen: ImageDraw.ImageDraw, x: int, y: int, shade: int) -> None:
    pen.rectangle((x, y + 3, x + 23, y + 9), shade)
    pen.rectangle((x + 4, y + 11, x + 10, y + 26), max(shade - 50, 30))


def _watermarked(picture: Image.Image, word: str) -> Image.Image:
    mark = Image.new("L", (picture.width * 2, picture.height * 2), 0)
    pen = ImageDraw.Draw(mark)
    for y in range(0, mark.height, 80):
        pen.text((y % 160, y), f"{word}   " * 12, 110, _font(34))
    mark = mark.rotate(30).crop(
        (picture.width // 2, picture.height // 2, picture.width * 3 // 2, picture.height * 3 // 2)
    )
    return Image.composite(Image.new("RGB", picture.size, (128, 128, 128)), picture, mark)


def _captioned(picture: Image.Image) -> Image.Image:
    whole = Image.new("RGB", (picture.width, picture.height + 150), "black")
    whole.paste(picture, (0, 70))
    pen = ImageDraw.Draw(whole)
    pen.text((20, 14), "When the market opens at nine", "white", _font(34))
    pen.text((60, picture.height + 86), "and the coffee is not ready", "white", _font(34))
    return whole


def _framed(picture: Image.Image) -> Image.Image:
    whole = Image.new("RGB", (picture.width + 140, picture.height + 140), (110, 70, 20))
    pen = ImageDraw.Draw(whole)
    for inset, shade in ((6, 190), (16, 90), (30, 210), (52, 60)):
        pen.rectangle((inset, inset, whole.width - inset, whole.height - inset), None, (shade, shade * 3 // 4, 40), 4)
    for step in range(0, whole.width + whole.height, 30):
        for x, y in ((step, 36), (step, whole.height - 50), (36, step), (whole.width - 50, step)):
            pen.ellipse((x, y, x + 14, y + 14), (230, 190, 90), (60, 30, 0), 2)
    whole.paste(picture, (70, 70))
    return whole


def _window(picture: Image.Image) -> Image.Image:
    whole = Image.new("RGB", (820, 520), (240, 240, 243))
    pen = ImageDraw.Draw(whole)
    pen.rectangle((0, 0, 820, 34), (50, 60, 80))
    pen.text((12, 6), "Picture viewer", "white", _font(17))
    for number, word in enumerate(("File", "Edit", "View", "Layer", "Select", "Filter", "Window", "Help")):
        pen.text((12 + number * 76, 42), word, "black", _font(16))
    for number, word in enumerate(WORDS[:17]):
        pen.rectangle((8, 76 + number * 26, 168, 98 + number * 26), (225, 228, 235), (180, 184, 192))
        pen.text((16, 78 + number * 26), word, (40, 40, 60), _font(14))
    pen.rectangle((180, 70, 812, 500), (90, 90, 96))
    whole.paste(picture, (316, 150))
    pen.text((190, 474), "Ready    100 %    RGB    layer 1 of 3", "white", _font(14))
    return whole
