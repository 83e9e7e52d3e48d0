from tests.conftest import page_text


def test_reading_in_both_languages(app):
    for lang, words in (
        ("en", "Layer 3, head 1 sends “it” mostly to “animal”"),
        ("zh", "第 3 层 1 号头让“it”主要看“animal”"),
    ):
        test = app("start/journey", lang=lang, model="minilm", layer="3", head="1")
        assert not test.exception
        assert words in page_text(test)
        assert test.get("bidi_component")


def test_a_decoder_is_not_called_bert(app):
    words = page_text(app("start/journey", model="gpt2-random"))
    assert "inside the model?" in words and "inside BERT" not in words
    assert "inside BERT?" in page_text(app("start/journey"))


def test_state_from_the_link(app):
    test = app("start/journey", layer="0", head="11", token="2", text="Dogs chase cats")
    assert "Layer 0, head 11" in page_text(test) and "“chase”" in page_text(test)


def test_nonsense_in_the_link(app):
    test = app("start/journey", layer="99", head="x", token="-5", text="hi")
    assert not test.exception
    assert "Layer 5, head 1" in page_text(test) and "“[CLS]”" in page_text(test)


def test_markup_stays_text(app):
    test = app("start/journey", text="<script>alert(1)</script>", token="2")
    assert not test.exception
    assert "<script>" not in page_text(test)
