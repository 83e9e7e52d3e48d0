from tests.conftest import page_text


def test_reading(app):
    for lang, word in (("en", "Layer 2, head 7"), ("zh", "第 2 层 7 号头")):
        test = app("attention/heads", lang=lang, layer="2", head="7")
        assert not test.exception
        assert word in page_text(test)


def test_links_that_name_a_head_stand_only_where_they_are_true(app):
    assert "A head that looks one token back" in labels(app("attention/heads"))
    other = labels(app("attention/heads", model="gpt2-random"))
    assert "What is left without special tokens" in other and "A head that looks one token back" not in other


def labels(test):
    return [link.proto.label for link in test.main if link.type == "page_link"]
