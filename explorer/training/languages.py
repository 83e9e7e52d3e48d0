"""The words of the two small languages, English and Chinese, and the order in which they stand in a clause.

A word is one word piece: in English between two spaces, in Chinese a character.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

# The subject, its plural, what only it does (after one, after several), the place where it is found.
Noun = tuple[str, str, str, str, str]
Forms = tuple[str, str]  # for one and for several, or before and after what stands between
OF_TOPIC = 4


@dataclass(frozen=True)
class Language:
    """Tables of words, those of a topic next to each other, and the two clauses as roles in their order.

    folder: name of the model that has learnt it. joint: what stands between two words. measures: the measure word of
    each noun, where the language has any. acts: what the nouns of each topic do in their places. prepositions, where:
    what stands before and after the noun. linking: the word between the clauses of a sentence; stop: after a sentence.
    numbered: roles whose words change with the subject's number.
    """

    name: str
    folder: str
    joint: str
    nouns: tuple[Noun, ...]
    measures: tuple[str, ...]
    acts: tuple[tuple[Forms, ...], ...]
    determiners: tuple[tuple[str, ...], tuple[str, ...]]
    adjectives: tuple[str, ...]
    prepositions: tuple[Forms, ...]
    adverbs: tuple[str, ...]
    pronouns: Forms
    possessives: Forms
    where: tuple[Forms, ...]
    linking: str
    stop: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    numbered: tuple[str, ...]

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a text without punctuation."""
        return tuple(text.split(self.joint) if self.joint else text)

    def laid_out(self, order: tuple[str, ...], drawn: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Words and their roles, those that were drawn in the order of the language."""
        marked = [(word, _role(part)) for part in order if drawn.get(part) for word in self.words(drawn[part])]
        words, roles = zip(*marked, strict=True)
        return words, roles

    def vocabulary(self) -> tuple[str, ...]:
        """Every word of the language, each once, in the order of its tables."""
        nested = chain(*self.nouns, *self.determiners, *chain(*self.acts))
        pairs = chain(*self.prepositions, *self.where)
        flat = (*self.measures, *self.adjectives, *pairs, *self.adverbs, *self.pronouns, *self.possessives)
        texts = [text for text in (*nested, *flat, self.linking) if text]
        return tuple(dict.fromkeys(word for text in texts for word in self.words(text)))


def _role(part: str) -> str:
    """The label of a part: that of an adjective wherever it stands, and one for both sides of what is in between."""
    return {"attractor_adjective": "adjective"}.get(part, part.removesuffix("_end"))


ENGLISH = Language(
    name="toy",
    folder="toy-bert",
    joint=" ",
    nouns=(
        ("wolf", "wolves", "howls", "howl", "forest"),
        ("lion", "lions", "roars", "roar", "cave"),
        ("snake", "snakes", "hisses", "hiss", "desert"),
        ("elephant", "elephants", "trumpets", "trumpet", "jungle"),
        ("goose", "geese", "honks", "honk", "pond"),
        ("duck", "ducks", "quacks", "quack", "lake"),
        ("frog", "frogs", "croaks", "croak", "swamp"),
        ("gull", "gulls", "screams", "scream", "beach"),
        ("horse", "horses", "neighs", "neigh", "stable"),
        ("cow", "cows", "moos", "moo", "meadow"),
        ("pig", "pigs", "grunts", "grunt", "sty"),
        ("hen", "hens", "clucks", "cluck", "coop"),
        ("dog", "dogs", "barks", "bark", "kennel"),
        ("cat", "cats", "purrs", "purr", "basket"),
        ("mouse", "mice", "squeaks", "squeak", "cellar"),
        ("parrot", "parrots", "chatters", "chatter", "cage"),
    ),
    measures=(),
    acts=(
        (("roams", "roam"), ("wanders", "wander"), ("rests", "rest")),
        (("swims", "swim"), ("dives", "dive"), ("floats", "float")),
        (("feeds", "feed"), ("stands", "stand"), ("waits", "wait")),
        (("sleeps", "sleep"), ("plays", "play"), ("hides", "hide")),
    ),
    determiners=(("this", "that", "every", "each", "one", "the"), ("these", "those", "many", "few", "some", "the")),
    adjectives=(
        "slow", "old", "young", "small", "big", "quiet", "hungry", "tired",
        "clever", "lazy", "brown", "grey", "fast", "happy", "sad", "brave",
    ),
    prepositions=(("near", ""), ("behind", ""), ("beside", ""), ("with", ""), ("under", ""), ("above", "")),
    adverbs=("often", "always", "loudly", "now"),
    pronouns=("it", "they"),
    possessives=("its", "their"),
    where=(("in", ""), ("near", "")),
    linking="and",
    stop=".",
    first=(
        "determiner", "adjective", "subject",
        "preposition", "attractor_determiner", "attractor_adjective", "attractor", "adverb", "verb",
    ),
    second=("pronoun", "act", "where", "possessive", "place"),
    numbered=("determiner", "subject", "verb", "pronoun", "act", "possessive"),
)  # fmt: skip

# Nouns and verbs have one form; number shows in the determiner and in the pronoun. The measure word depends on the
# noun, and what tells where the thing stands comes between the two: 一条在那本书旁边的小鱼跳着。
CHINESE = Language(
    name="toy_zh",
    folder="toy-bert-zh",
    joint="",
    nouns=(
        ("狼", "狼", "嚎着", "嚎着", "林"),
        ("虎", "虎", "啸着", "啸着", "山"),
        ("蛇", "蛇", "盘着", "盘着", "草"),
        ("象", "象", "鸣着", "鸣着", "谷"),
        ("鱼", "鱼", "跳着", "跳着", "河"),
        ("鸭", "鸭", "闹着", "闹着", "湖"),
        ("蛙", "蛙", "叫着", "叫着", "井"),
        ("龟", "龟", "缩着", "缩着", "海"),
        ("马", "马", "嘶着", "嘶着", "棚"),
        ("牛", "牛", "哞着", "哞着", "栏"),
        ("猪", "猪", "哼着", "哼着", "圈"),
        ("鸡", "鸡", "啼着", "啼着", "窝"),
        ("书", "书", "合着", "合着", "箱"),
        ("灯", "灯", "亮着", "亮着", "屋"),
        ("钟", "钟", "响着", "响着", "厅"),
        ("伞", "伞", "湿着", "湿着", "柜"),
    ),
    measures=(*"匹只条头", *"条只只只", *"匹头头只", *"本盏座把"),
    acts=(
        (("走着", "走着"), ("跑着", "跑着"), ("歇着", "歇着")),
        (("游着", "游着"), ("潜着", "潜着"), ("浮着", "浮着")),
        (("吃着", "吃着"), ("站着", "站着"), ("等着", "等着")),
        (("放着", "放着"), ("摆着", "摆着"), ("留着", "留着")),
    ),
    determiners=(("一", "这", "那", "某"), ("两", "三", "几", "这几", "那几")),
    adjectives=("小", "大", "老", "黑", "白", "灰", "红", "黄", "青", "花", "怪", "美"),
    prepositions=(("在", "旁边的"), ("在", "后面的"), ("在", "前面的"), ("在", "上面的"), ("在", "下面的")),
    adverbs=("正", "还", "又", "总"),
    pronouns=("它", "它们"),
    possessives=("", ""),
    where=(("在", "里"), ("在", "边")),
    linking="，",
    stop="。",
    first=(
        "determiner", "measure",
        "preposition", "attractor_determiner", "attractor_measure", "attractor_adjective", "attractor",
        "preposition_end", "adjective", "subject", "adverb", "verb",
    ),
    second=("pronoun", "where", "place", "where_end", "act"),
    numbered=("determiner", "pronoun"),
)  # fmt: skip

LANGUAGES = {language.name: language for language in (ENGLISH, CHINESE)}
