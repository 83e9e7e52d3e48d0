"""Long texts in a real browser: run, stop, choose a window with the keyboard, upload a file."""

from playwright.sync_api import expect

from tests.browser.conftest import addressed, settle


def test_run_stop_and_walk_through_the_windows(visit):
    page = visit("/long_text?document=lessons&window=128&step=120")
    assert page.locator(".wd .done").count() == 0, "nothing runs unasked"
    page.get_by_role("button", name="Run all").click()
    expect(page.locator(".wd .done").first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".bx-note", has_text="Stopped after")).to_be_visible(timeout=30_000)
    done = page.locator(".wd .done").count()
    assert 0 < done < page.locator(".wd .brick").count()
    slider = page.get_by_role("slider", name="The windows over the document")
    slider.focus()
    page.keyboard.press("End")
    settle(page)
    last = int(slider.get_attribute("aria-valuemax"))
    addressed(page, {"at": f"{last}"})
    expect(page.locator(".bx-window b")).to_have_text(f"Window {last}")


def test_a_link_sets_the_widths_that_a_page_starts_with(visit):
    page = visit("/long_text?window=128&step=126")
    page.get_by_role("link", name="The SQuAD recipe").click()
    settle(page)
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".st-key-long_text-window").get_by_test_id("stSliderThumbValue")).to_have_text("384")
    expect(page.locator(".st-key-long_text-step").get_by_test_id("stSliderThumbValue")).to_have_text("128")


def test_a_file_becomes_the_document(visit):
    page = visit("/long_text?document=own")
    text = ("The river rose by night. " * 30 + "<script>alert(1)</script> \xe9t\xe9 ").encode("latin-1")
    page.locator('input[type="file"]').set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": text})
    settle(page)
    expect(page.locator(".bx-reading").filter(has_text="word pieces")).to_be_visible()
    expect(page.locator(".bx-window")).to_contain_text("<script>alert(1)</script>")
    assert page.locator(".bx-alert").count() == 0
