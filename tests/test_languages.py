"""Both languages are complete, have the same placeholders, and every key that the code asks for exists."""

import re
import shutil
import string
import subprocess
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from explorer import errors
from explorer.i18n import LANGUAGES, Translator, preferred
from explorer.models.registry import OFFERS
from explorer.ui.shell.navigation import MENU, PAGES

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = {
    language: read_po((ROOT / "assets/locale" / language / "LC_MESSAGES/explorer.po").open("rb"), locale=language)
    for language in LANGUAGES
}


def entries(language: str) -> dict[str, set[tuple[str, str]]]:
    """Key → placeholders with their formats; plural forms have the same ones, but the singular may leave out n."""
    found: dict[str, set[tuple[str, str]]] = {}
    for message in CATALOGUES[language]:
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        assert len(forms) == (1 if isinstance(message.id, str) else CATALOGUES[language].num_plurals), key
        assert all(forms), f"{language}: {key} is empty"
        fields = [{(name, spec) for _, name, spec, _ in string.Formatter().parse(form) if name} for form in forms]
        assert all({name for name, _ in fields[-1] ^ some} <= {"n"} for some in fields), f"{language}: {key}"
        found[key] = set[tuple[str, str]]().union(*fields)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_placeholders_and_formats(language):
    english, own = entries("en"), entries(language)
    lacks, unknown = sorted(english.keys() - own.keys()), sorted(own.keys() - english.keys())
    assert not lacks, f"the catalogue {language} lacks: {', '.join(lacks)}"
    assert not unknown, f"in {language} and not in English: {', '.join(unknown)}"
    other = {key: (fields, own[key]) for key, fields in english.items() if own[key] != fields}
    assert not other, f"other facts or formats in English and in {language}: {other}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_messages_in_the_plural(language):
    english, own = (
        {message.id[0] for message in CATALOGUES[name] if isinstance(message.id, tuple | list)}
        for name in ("en", language)
    )
    assert english == own


# What a catalogue consists of: comments, and a message: its key, perhaps its key for several, its words. Babel reads
# over a second msgstr without a word; other programs refuse the whole file.
QUOTED = r'"(?:[^"\\\n]|\\["\\n])*"\n'
MESSAGE = re.compile(rf"(?:#.*\n)*msgid ({QUOTED})(?:msgstr {QUOTED}|msgid_plural \1(?:msgstr\[\d\] {QUOTED})+)")


def wrong(source: str) -> list[str]:
    """Messages of a .po file that gettext would not take, the header aside."""
    _, *blocks = re.split(r"\n{2,}", source.rstrip("\n"))
    keys = [re.findall(r"^msgid (.*)$", block, re.MULTILINE)[:1] for block in blocks]
    return [
        block
        for block, key in zip(blocks, keys, strict=True)
        if not MESSAGE.fullmatch(block + "\n") or keys.count(key) > 1
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_are_gettext(language):
    assert not wrong((ROOT / "assets/locale" / language / "LC_MESSAGES/explorer.po").read_text(encoding="utf-8"))
    with (ROOT / "assets/locale" / language / "LC_MESSAGES/explorer.po").open("rb") as file:
        read_po(file, locale=language, abort_invalid=True)


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_gettext_takes_the_catalogues(language, tmp_path):
    source = ROOT / "assets/locale" / language / "LC_MESSAGES/explorer.po"
    subprocess.run(["msgfmt", "--check-format", "-o", tmp_path / "explorer.mo", source], check=True)


@pytest.mark.parametrize(
    "message",
    [
        'msgid "a"\nmsgstr "one"\nmsgstr "two"',
        'msgid "a"\nmsgstr "one"\n\nmsgid "a"\nmsgstr "one"',
        'msgid "a"\nmsgstr "an "inner" quote"',
        'msgid "a"\nmsgstr "no end',
        'msgid "a"',
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "one"',
    ],
)
def test_what_gettext_refuses_is_seen(message):
    assert wrong(f'msgid ""\nmsgstr ""\n\n{message}\n')


def test_chinese_is_chinese():
    """A message without a single Chinese character is a forgotten translation, unless it is only symbols or names."""
    for message in CATALOGUES["zh"]:
        text = message.string if isinstance(message.string, str) else "".join(message.string)
        bare = re.sub(r"\{[^}]*\}|\$[^$]*\$", "", text)
        if message.id and re.search(r"[a-z]{4,}", bare) and " " in bare.strip():
            assert re.search(r"[\u4e00-\u9fff]", text), f"{message.id}: {text}"


# One term for one meaning: pattern that no text of that language may have → what to write.
TERMS = {
    "zh": {
        r"掩码词|词表头|遮蔽|被遮的|被遮词|被遮住的": "被掩码的词; the head: 掩码语言模型头（MLM）",
        r"屏蔽": "掩码",
        r"得分(?!数)": "分数",
        r"死行": "失活的行",
        r"融合核|计算核|内核": "算子, 融合算子（fused kernel）",
        r"展宽|收窄": "升维, 降维",
        r"一摞|层堆叠": "一叠层",
        r"规律|分工": "模式, 注意力模式",
        r"前馈块|中间层": "前馈层",
        r"(?<!句)段(向量|编号)|段落嵌入": "句段向量, 句段编号, 句段嵌入",
        r"汇聚": "池化",
        r"(?<!独热（)one-hot": "独热（one-hot）, 独热",
        r"(?<!（)init std": "初始标准差（init std）, 初始标准差",
        r"(乘以|[和与])词表(共享|本身|每)": "词嵌入表, 词嵌入矩阵: a vocabulary is no table of vectors",
        r"尖锐|最尖|很尖|变尖|更尖": "集中",
        r"失聪|嘈杂|弗罗贝尼乌斯": "饱和失灵; 噪声; Frobenius",
        r"第 ?(\d+|\{\w+\}) ?个头": "counted from 0, so no ordinal: 3 号头",
        r"第 ?(\d+|\{(place|position|index)\}) ?位": "counted from 0, so no ordinal: 位置 7",
        r"颜色(越|很)?深|越深|很深|深浅": "颜色浓, 颜色强弱: in the dark theme more is lighter",
        r"[左右][边侧]": "旁边, 侧栏, 前面, 后面: on a phone nothing stands beside",
        r"缩放实验室|图集|参数页": "the title of the page as it stands in the menu",
        r"\d %": "98%",
        r"您": "你",
    },
    "en": {
        r"\bdark (cell|head|column)|\bdarker\b|[Dd]ark means": "the stronger the colour: in the dark it is lighter",
        r"\b(on|at) the\s(left|right|side)\b|(left|right) panel": "in the sidebar: on a phone nothing stands beside",
        r"scaling lab": "the title of the page as it stands in the menu",
        r"\d %": "98%",
    },
}
# The same characters, rightly used in another sense.
RIGHTLY = (
    "左边是查询，右边是键",  # columns of one drawing, also on a phone
    "`figures` 及其左边的部分",  # of a line of code
)


def texts(language: str) -> dict[str, str]:
    """Everything that a visitor reads in this language: name of the message or file → words."""
    found = {
        str(message.id): message.string if isinstance(message.string, str) else "\n".join(message.string)
        for message in CATALOGUES[language]
        if message.id
    }
    lessons = [path for room in ("lessons", "course") for path in (ROOT / "assets" / room / language).glob("*.md")]
    readme = [ROOT / "README.zh.md"] if language == "zh" else []
    return found | {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in [*lessons, *readme]}


@pytest.mark.parametrize(("language", "term"), [(language, term) for language in TERMS for term in TERMS[language]])
def test_one_term_for_one_meaning(language, term):
    for name, text in texts(language).items():
        said = re.sub("|".join(map(re.escape, RIGHTLY)), "", text)
        found = re.search(f".{{0,20}}({term}).{{0,20}}", said)
        assert found is None, f"{name}: {found and found[0]!r}; write {TERMS[language][term]}"


def test_pages_are_called_by_their_titles():
    titles = {text for key, text in texts("zh").items() if key.startswith("nav.")}
    named = {
        (name, title)
        for name, text in texts("zh").items()
        for found in re.findall(r"在“([^”]+)”中|“([^”]+)”页面", text)
        for title in found
        if title
    }
    assert len(named) >= 4
    assert not {(name, title) for name, title in named if title not in titles}


@pytest.mark.parametrize(("file", "language"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_the_readme_lists_the_pages(file, language):
    t = Translator(language)
    rows = re.findall(r"^\| (.+) \| `/(\w*)` (.+) \| (.+) \|$", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    said = [
        (t(f"section.{p.section}"), "" if p is MENU[0] else p.name, t(f"nav.{p.name}"), t(f"{p.name}.title"))
        for p in MENU
    ]
    assert rows == said, f"the table of pages in {file}"


def test_every_key_in_the_code_exists():
    known = entries("en")
    for path in [*(ROOT / "explorer").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"]:
        for key in re.findall(r'\bt\(\s*"([\w.\-]+)"', path.read_text(encoding="utf-8")):
            assert key in known, f"{path.name}: {key}"


def by_reason(kind: type[errors.ExplorerError]) -> bool:
    """Whether an error has a sentence for each of its reasons, and none of its own."""
    return "message" in vars(kind)


def test_reasons_in_the_code_and_in_the_catalogue_are_the_same():
    known = entries("en")
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "explorer").rglob("*.py"))
    kinds = [name for name, kind in vars(errors).items() if isinstance(kind, type) and "message" in vars(kind)]
    assert set(kinds) == {"ExplorerError", "ArchitectureRefused", "NotInThisModel", "AnotherNetwork"}
    for name in kinds[1:]:
        assert f"error.{name}" not in known
        for reason in re.findall(rf'\b{name}\([^"\n]*?reason="(\w+)"', code):
            assert f"error.{name}.{reason}" in known
        for key in known:
            if key.startswith(f"error.{name}."):
                reason = key.rpartition(".")[2]
                assert f'"{reason}"' in code or (reason.startswith("order_") and 'f"order_{' in code), key


def test_every_error_page_and_model_has_words():
    known = entries("en")
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.ExplorerError) and kind is not errors.ExplorerError:
            keys = [key for key in known if key.startswith(f"error.{name}.")] if by_reason(kind) else [f"error.{name}"]
            assert keys, f"error.{name} has no sentence"
            for key in keys:
                asked = {field for field, _ in known[key]}
                assert asked <= set(kind.wants), f"{key} names facts that the error does not carry"
    for entry in PAGES:
        asked = {f"nav.{entry.name}", f"section.{entry.section}", f"{entry.name}.title", f"{entry.name}.lead"}
        assert not asked - known.keys(), f"the catalogues lack: {', '.join(sorted(asked - known.keys()))}"
    assert {f"model.{offer}" for offer in OFFERS} <= set(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_lesson(language):
    for entry in PAGES:
        path = ROOT / "assets/lessons" / language / f"{entry.name}.md"
        assert path.is_file(), f"a page needs its lesson: {path}"
        lesson = Translator(language).lesson(entry.name)
        assert lesson.count("\n## ") + lesson.startswith("## ") >= 2, f"{language}: {entry.name}"
        assert len(lesson) > 400, f"{language}: {entry.name} is a stub"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh"), ("zh", "zh"), ("zh_TW", "zh"), ("en-US", "en"), ("xx-YY", "en"), (None, "en")],
)
def test_the_browser_decides_the_first_language(locale, language):
    assert preferred(locale) == language


def test_plural_and_missing_key():
    t = Translator("en")
    assert "1 invisible control character;" in t("frame.control", n=1)
    assert "2 invisible control characters;" in t("frame.control", n=2)
    with pytest.raises(KeyError):
        t("no.such.key")


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_stand_on_one_line(language):
    """Markdown takes the rest of a line that opens a formula over several lines for its label and drops it."""
    for path in (ROOT / "assets/lessons" / language).glob("*.md"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.count("$$") % 2 == 0, f"{path.name}: {line}"
