"""What only a browser shows of the pages on using BERT: the live training, its stop, an upload, an edited list."""

import re

from tests.browser.conftest import settle


def charts(page):
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length > 0", timeout=30_000)
    settle(page)
    return page.locator(".js-plotly-plot").count()


def test_training_is_watched_and_another_page_meanwhile_used(visit, server):
    page = visit("/labels?k=1&passes=3")
    page.locator(".st-key-tuning-start button").click()
    page.get_by_text(re.compile("step .* of 30")).wait_for(timeout=60_000)
    other = page.context.new_page()
    other.goto(f"{server}/heads?layer=3")
    other.locator(".bx-reading").first.wait_for(timeout=30_000)
    other.close()
    page.get_by_text("Train again").wait_for(timeout=90_000)
    settle(page)
    assert "fine-tuned" in page.locator(".bx-reading").inner_text()
    page.locator(".st-key-labels-view input").click()
    page.get_by_role("option", name="Your sentence").click()
    settle(page)
    assert "flight" in page.locator(".bx-values").inner_text()


def test_training_stops(visit):
    page = visit("/labels?k=6&passes=20")
    page.locator(".st-key-tuning-start button").click()
    page.get_by_text(re.compile("step .* of 200")).wait_for(timeout=60_000)
    page.locator(".st-key-tuning-stop button").click()
    page.locator(".st-key-tuning-start button").wait_for(timeout=20_000)
    settle(page)
    assert "logistic regression" in page.locator(".bx-reading").inner_text()


def test_an_upload_of_ten_megabytes_is_refused_and_a_small_one_read(visit):
    page = visit("/labels?data=own")
    field = page.locator(".st-key-csv input[type=file]")
    field.set_input_files({"name": "big.csv", "mimeType": "text/csv", "buffer": b"x,a\n" * 2_500_000})
    page.get_by_text("The table has 10.0 MB").wait_for(timeout=60_000)
    small = "\n".join(["文本;标签", "你好;问候", "再见;问候", "几点;提问", "哪里;提问"]).encode("gb18030")
    page.locator(".st-key-csv input[type=file]").set_input_files(
        {"name": "small.csv", "mimeType": "text/csv", "buffer": small}
    )
    page.get_by_text("read as column names; 4 texts").wait_for(timeout=30_000)


def test_an_edited_list_is_drawn_and_linked(visit):
    page = visit("/sentences?lang=en")
    assert charts(page) == 4
    page.get_by_role("button", name="Edit").click()
    area = page.locator(".st-key-sentences-list textarea")
    area.fill("A cat sleeps.\nA kitten naps.\n\nStocks <b>fell</b>.")
    area.press("Control+Enter")
    page.get_by_text("Stocks <b>fell</b>.").first.wait_for(timeout=30_000)
    settle(page)
    page.wait_for_url(re.compile(r"list=A\+cat\+sleeps"))


def test_the_answers_follow_the_layer(visit):
    page = visit("/labels?what=token&task=number&at6=0")
    settle(page)
    before = page.locator(".bx-answers .wrong").count()
    page.locator(".st-key-more button").first.click()
    page.locator(".st-key-labels-at button").filter(has_text="1").click()
    settle(page)
    assert page.locator(".bx-answers .wrong").count() < before
