"""The glossary: one form in every language, terms found where they stand, and no jargon that it does not explain."""

import html
import re

import pytest

from explorer.glossary import _pattern, glossary, terms_in
from explorer.i18n import LANGUAGES, Translator
from explorer.ui.shell import words
from explorer.ui.shell.navigation import PAGES
from tests.test_languages import CATALOGUES

# Words of the trade. Where one stands in a reading or under a title, a term of the glossary must cover it.
JARGON = {
    "en": r"""
        tokens? word.pieces? tokenizer vocabulary layers? heads? attention quer(y|ies) softmax logits? nats? entropy
        log.n logarithmic trace Jacobian slope saturat\w+ dead gradients? backward.pass chain.rule loss
        learning.rate seeds? probe logistic.regression held.out fine.tun\w+ frozen pre-training pool\w* tanh GELU
        LayerNorm residual skip.connections? feed-forward intermediate.layers? embeddings? one-hots? segments?
        vectors? dimensions? tensors? parameters? variance cosines? CKA argmax rank bias matri(x|ces) modules?
        projections? W_[QKVO] q·k 1/√d √d decoder encoder causal cross.attention mask(?!ed) post-hoc counterfactual
        LSTM XLNet Transformer-XL GPT float32 FLOPs sinus\w+ bag.of.words windows? span probabilit(y|ies) uniform
        tied untied normalis\w+ classifier templates? 95%.interval most.frequent.label states? scores? weights?
        width BERTs? hub sinks? \[(CLS|SEP|MASK|UNK)\]
    """,
    "zh": r"""
        词元 分词器 词表 号头 注意力 查询 键 softmax logit 奈特 熵 对数 雅可比 斜率 饱和 失活 梯度 反向传播 链式法则
        损失 学习率 种子 探针 逻辑回归 留出 微调 冻结 预训练 池化 tanh GELU LayerNorm 层归一化 残差 前馈层 嵌入 独热
        句段 向量 维度 张量 参数 方差 余弦 CKA argmax 秩 偏置 矩阵 模块 投影 W_[QKVO] q·k √d 解码器 编码器 从左到右
        交叉注意力 掩码 事后 LSTM XLNet Transformer-XL GPT float32 正弦 词袋 窗口 片段 概率 均匀分布 共享 归一化
        分类层 模板 95%.区间 最常见的?标签 状态 分数 权重 BERT 模型库 内积 缩放 均分 均匀分配 \[(CLS|SEP|MASK|UNK)\]
    """,
}


def spoken(language: str) -> dict[str, str]:
    """Readings and the sentences under the titles, their facts left out."""
    found = {}
    for message in CATALOGUES[language]:
        key = message.id if isinstance(message.id, str) else message.id[0]
        if ".reading" in key or key.endswith(".lead"):
            forms = [message.string] if isinstance(message.string, str) else message.string
            found[key] = re.sub(r"“[^”]*”|\{[^}]*\}", " ", "\n".join(forms))
    return found


def test_every_language_explains_the_same_terms():
    english = {key: term.page for key, term in glossary("en").items()}
    assert len(english) >= 80
    for language in LANGUAGES:
        assert {key: term.page for key, term in glossary(language).items()} == english
        assert list(glossary(language)) == list(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spelling_means_one_thing_and_a_page_shows_it(language):
    spelled = [word.lower() for term in glossary(language).values() for word in term.words]
    assert len(spelled) == len(set(spelled)), {word for word in spelled if spelled.count(word) > 1}
    for term in glossary(language).values():
        assert term.page in {entry.name for entry in PAGES}
        assert 6 <= len(term.says) <= 260, term
        assert term.says.endswith("." if language == "en" else "。"), term


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_headword_is_the_form_that_its_definition_is_about(language):
    """One thing, not several of it; and where only compounds are marked in texts, the word by itself."""
    for term in glossary(language).values():
        assert not any(term.name in (f"{word}s", f"{word}es") for word in term.words), term
    names = {key: term.name for key, term in glossary(language).items()}
    wanted = {
        "en": {"layer": "layer", "seed": "seed", "fine_tuning": "fine-tuning", "log": "logarithm"},
        "zh": {"layer": "层", "mask": "掩码", "flops": "浮点运算（FLOPs）", "width": "宽度", "gpt": "GPT"},
    }
    assert wanted[language].items() <= names.items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_jargon_without_an_explanation(language):
    pattern = re.compile("|".join(f"(?:{word})" for word in JARGON[language].split()), re.IGNORECASE)
    if language == "en":
        pattern = re.compile(rf"(?<![\w-])(?:{pattern.pattern})(?![\w])", re.IGNORECASE)
    messages = spoken(language)
    assert len(messages) > 250
    unknown = set()
    for key, text in messages.items():
        explained = [found.span() for found in _pattern(language)[0].finditer(text)]
        for found in pattern.finditer(text):
            if not any(low <= found.start() and found.end() <= high for low, high in explained):
                unknown.add((found[0], key))
    assert not unknown, "to be explained in assets/glossary, or said in plain words"


def spots(text: str, language: str) -> list[str]:
    return [text[low:high] for low, high, _ in terms_in(text, language)]


def test_the_longest_spelling_counts_and_only_once():
    assert spots("Layer 3, head 5: dead rows in every layer of heads", "en") == ["Layer", "head", "dead rows"]
    assert spots("层归一化之后，雅可比矩阵的迹接近 0；层归一化", "zh") == ["层归一化", "雅可比矩阵的迹"]
    assert spots("word pieces, tokens, TOKEN", "en") == ["word pieces"]
    assert spots("最关键的是方向键，单个键", "zh") == ["键"]


def test_latin_letters_end_at_their_own():
    assert spots("ahead of W_Query, overheads, logits2", "en") == []
    assert spots("两个logit相差", "zh") == ["logit"]


def test_words_of_a_visitor_are_not_marked():
    assert spots("“head” looks mostly at “the scale”, a head", "en") == ["head"]
    text = 'head of “<img src=x onerror="alert(1)"> tokens” & weights'
    drawn = words.explained(Translator("en"), text)
    assert "<img" not in drawn
    assert html.unescape(re.sub(r"<a [^>]*>|</a>", "", drawn)) == text
    assert drawn.count("<a ") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_keeps_its_code_formulas_and_links(language):
    t, marks = Translator(language), 0
    for entry in PAGES:
        lesson = t.lesson(entry.name)
        drawn = words.markdown(t, lesson)
        link = r'\[((?:[^\[\]]|\\[\[\]])*)\]\(words#w-\w+ "(?:[^"\\]|\\.)*"\)'
        marks += len(re.findall(link, drawn))
        assert re.sub(link, lambda found: re.sub(r"\\([\[\]\\*_])", r"\1", found[1]), drawn) == lesson, entry.name
        for kept in re.findall(r"^```.*?^```|\$[^$\n]+\$|`[^`\n]+`", lesson, re.MULTILINE | re.DOTALL):
            assert kept in drawn
        for line in drawn.splitlines():
            assert not (line.startswith("#") and "words#w-" in line)
    assert marks > 200


def test_each_paragraph_marks_anew():
    drawn = words.markdown(Translator("en"), "A head.\n\nThe head and the head.\n* A head\n* `head` $head$ [head](x)")
    assert drawn.count("words#w-head ") == 3
