"""Agreement over an attractor: "The key to the cabinets [MASK] …", is or are? The nearer noun has the other number."""

from dataclasses import dataclass

# Singular and plural of nouns that can be told apart by number alone, with what may stand between them and the verb.
_HEADS = (
    ("key", "keys", "to", "door", "doors"),
    ("picture", "pictures", "of", "child", "children"),
    ("friend", "friends", "of", "teacher", "teachers"),
    ("road", "roads", "to", "village", "villages"),
    ("box", "boxes", "with", "book", "books"),
    ("dog", "dogs", "of", "neighbor", "neighbors"),
    ("letter", "letters", "from", "lawyer", "lawyers"),
    ("house", "houses", "near", "river", "rivers"),
    ("author", "authors", "of", "story", "stories"),
    ("window", "windows", "of", "room", "rooms"),
    ("chair", "chairs", "beside", "table", "tables"),
    ("guard", "guards", "behind", "prisoner", "prisoners"),
    ("daughter", "daughters", "of", "king", "kings"),
)
# What follows the verb fits every head; the two forms of the verb, singular first.
_ENDS = (("is", "are", "here now."), ("was", "were", "there yesterday."), ("has", "have", "been forgotten."))


@dataclass(frozen=True)
class Item:
    """A sentence with one [MASK], the verb's form that is right there, and the other one."""

    text: str
    right: str
    wrong: str


def items() -> list[Item]:
    """156 sentences: 13 heads × singular or plural × three verbs × attractor near or with an adjective before it."""
    found: list[Item] = []
    for one, many, preposition, near, nears in _HEADS:
        for singular, plural, end in _ENDS:
            for adjective in ("", "old "):
                found.append(Item(f"The {one} {preposition} the {adjective}{nears} [MASK] {end}", singular, plural))
                found.append(Item(f"The {many} {preposition} the {adjective}{near} [MASK] {end}", plural, singular))
    return found
