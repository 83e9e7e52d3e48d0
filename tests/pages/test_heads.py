from tests.conftest import page_text


def test_reading(app):
    for lang, word in (("en", "Layer 2, head 7"), ("zh", "第 2 层第 7 个头")):
        test = app("attention/heads", lang=lang, layer="2", head="7")
        assert not test.exception
        assert word in page_text(test)
