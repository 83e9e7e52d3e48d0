"""A class room in browsers of their own: a teacher and five others through a lesson, and what each may."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from explorer.i18n import Translator
from tests.browser.conftest import addressed, settle

T = Translator("en")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def opens(person) -> tuple[Page, str]:
    """A teacher with a room, and its code."""
    teacher = person("/room")
    teacher.get_by_role("button", name=T("room.open")).click()
    expect(teacher.locator(".bx-door")).to_be_visible()
    settle(teacher)
    return teacher, teacher.locator(".bx-door strong").inner_text()


def joins(person, code: str, name: str = "", query: str = "", **kind) -> Page:
    """A student who comes by the link."""
    page = person(f"/room?room={code}{query}", **kind)
    page.get_by_label(T("room.name")).fill(name)
    page.get_by_role("button", name=T("room.join_now"), exact=True).click()
    expect(page.locator(".st-key-room .bx-room")).to_contain_text(code)
    return page


def begins(teacher: Page) -> None:
    """The lesson, at its second stop, which asks."""
    teacher.locator(".stMain").get_by_role("link", name="√d in ten minutes").click()
    addressed(teacher, {"stop": "1"})
    settle(teacher)
    onward(teacher, 2)


def onward(teacher: Page, stop: int) -> None:
    """The teacher goes to this stop."""
    teacher.keyboard.press("PageDown")
    addressed(teacher, {"stop": str(stop)})
    settle(teacher)


def reveals(teacher: Page) -> None:
    """The teacher looks behind the cover."""
    teacher.keyboard.press("PageDown")
    expect(teacher.locator(".bx-cover")).to_have_count(0)
    settle(teacher)


def guesses(student: Page, value: str) -> None:
    """A student's vote at a question for a number."""
    student.get_by_placeholder(T("course.guess")).fill(value)
    student.keyboard.press("Enter")
    settle(student)
    student.get_by_role("button", name=T("room.vote"), exact=True).click()
    expect(student.locator(".bx-note")).to_have_text(T("room.has_voted"))


def votes(student: Page, option: str, word: str = "room.vote") -> None:
    """A student's vote for one of the options."""
    student.get_by_text(option).click()
    settle(student)
    student.get_by_role("button", name=T(word), exact=True).last.click()
    expect(student.locator(".bx-note")).to_have_text(T("room.has_voted"))


def come_to(students: Sequence[Page], stop: int) -> None:
    """All of them are at this stop."""
    for student in students:
        addressed(student, {"lesson": "sqrt-d", "stop": str(stop)})
        settle(student)


def comes_late(person, code: str) -> Page:
    """By a link to another page of the room: who has the code alone is nobody there yet, and leads nobody."""
    late = person(f"/heads?room={code}&layer=1")
    assert late.locator(".bx-room").count() == 0
    late.get_by_role("link", name=T("room.come_in", code=code)).click()
    late.get_by_label(T("room.name")).fill("Late")
    late.get_by_role("button", name=T("room.join_now"), exact=True).click()
    return late


ASKS = """async ([code, held, many]) => Promise.all([...Array(many)].map(async () => {
    const { held: own, at } = document.bxRoom;
    const headers = { "x-room-code": code, "x-room-held": held || own, "x-room-seen": at };
    const answer = await fetch(new URL("_room", location.href), { headers, cache: "no-store" });
    return `${answer.status} ${(await answer.json()).at}`;
}))"""


def misbehaves(hostile: Page, code: str) -> None:
    """One vote from two tabs; a made-up key leads nobody; who asks all the time must wait; no text is there to read."""
    votes(hostile, "It grows sixteenfold")
    again = hostile.context.new_page()
    again.goto(hostile.url)
    votes(again, "It stays the same", "room.vote_again")
    assert again.evaluate(ASKS, [code, "ABCDEFGHJKMNPQRS", 1]) == ["200 over"]
    assert "429 undefined" in again.evaluate(ASKS, [code, "", 8])
    assert "river" not in again.content()
    again.close()


def the_server_dies(class_server, students: Sequence[Page]) -> None:
    """And starts again: everybody is where they were, and knows of their vote."""
    class_server.kill()
    for student in students:
        expect(student.locator("#bx-line")).to_have_text(T("frame.lost"))
    class_server.start()
    for student in students:
        expect(student.locator("#bx-line")).to_have_count(0)
        expect(student.locator(".bx-note")).to_have_text(T("room.has_voted"))
    come_to(students, 2)


@pytest.mark.timeout(420)
def test_a_teacher_and_five_others_go_through_five_stops(person, class_server):
    """Two of them on phones, one late, one offline for a while, one hostile; and the server dies in the middle."""
    teacher, code = opens(person)
    text = "Two old friends met at the river because they were tired."
    ada = joins(person, code, "Ada <b>", f"&text={text.replace(' ', '+')}", **PHONE)
    tunnel = joins(person, code, "In a tunnel", **PHONE)
    laptop = joins(person, code)
    hostile = joins(person, code, "<script>alert(1)</script><img src=x onerror=alert(2)>")
    expect(teacher.locator(".bx-room")).to_have_text(T("room.teaching", code=code, joined=4))
    begins(teacher)
    come_to([ada, tunnel, laptop, hostile], 2)
    assert ada.locator(".bx-votes").count() == 0, "the votes are the teacher's to show"
    assert "river" in ada.url and "river" not in laptop.url
    assert ada.evaluate("() => document.querySelector('.stMain').scrollWidth - innerWidth") <= 0
    tunnel.context.set_offline(True)
    votes(ada, "It doubles")
    votes(laptop, "It grows fourfold")
    misbehaves(hostile, code)
    voted = T("room.voted", votes=3, joined=4)
    expect(teacher.locator(".bx-votes p")).to_have_text(voted)
    expect(teacher.locator(".bx-votes em")).to_have_text(["1", "1", "1", "0"])
    assert ada.locator(".bx-verdict").count() == 0
    the_server_dies(class_server, [ada, laptop])
    expect(teacher.locator(".bx-votes p")).to_have_text(voted)
    settle(teacher)
    reveals(teacher)
    expect(ada.locator(".bx-verdict.right")).to_contain_text("It doubles")
    expect(laptop.locator(".bx-verdict.wrong")).to_contain_text("It grows fourfold")
    expect(teacher.locator(".bx-votes p")).to_contain_text(T("room.right", right=1, judged=3))
    onward(teacher, 3)
    late = comes_late(person, code)
    tunnel.context.set_offline(False)
    come_to([ada, tunnel, laptop, hostile, late], 3)
    guesses(tunnel, "64")
    guesses(late, "10")
    expect(teacher.locator(".bx-votes p")).to_have_text(T("room.voted", votes=2, joined=5))
    reveals(teacher)
    expect(tunnel.locator(".bx-verdict.right")).to_be_visible()
    expect(late.locator(".bx-verdict.wrong")).to_be_visible()
    onward(teacher, 4)
    reveals(teacher)
    onward(teacher, 5)
    come_to([hostile], 5)
    hostile.goto(hostile.url.replace("stop=5", "stop=2"))  # moves nobody else, and leads back to the class
    come_to([hostile, teacher], 5)
    guesses(ada, "50")
    expect(teacher.locator(".bx-votes p")).to_have_text(T("room.voted", votes=1, joined=5))
    reveals(teacher)
    come_to([ada, tunnel, laptop, late], 5)
    assert "river" in ada.url
    expect(late.locator(".bx-verdict")).to_be_visible()


@pytest.mark.timeout(300)
def test_one_explores_asks_and_comes_back_and_the_room_ends(person):
    teacher, code = opens(person)
    student = joins(person, code, '"><img src=x onerror=alert(1)>')
    begins(teacher)
    addressed(student, {"stop": "2"})
    settle(student)
    student.locator(".st-key-room-ask button").first.click()
    student.get_by_label(T("room.ask_what")).fill("Why <script>alert(2)</script> the root?")
    student.get_by_role("button", name=T("room.ask_send")).click()
    expect(student.get_by_text(T("room.asked"))).to_be_visible()
    student.keyboard.press("Escape")
    student.get_by_role("button", name=T("room.explore")).click()
    expect(student.locator(".bx-room")).to_have_text(T("room.exploring", code=code))
    teacher.locator(".st-key-room-raised button").first.click()
    expect(teacher.locator(".bx-raised")).to_contain_text("<script>alert(2)</script>")
    teacher.get_by_role("button", name=T("room.done")).click()
    expect(teacher.locator(".st-key-room-raised")).to_have_count(0)
    teacher.keyboard.press("Escape")
    teacher.goto(teacher.url.split("?")[0].rsplit("/", 1)[0] + f"/heads?room={code}&layer=2&head=3")
    teacher.wait_for_selector(".bx-head")
    settle(teacher)
    student.wait_for_timeout(2000)
    assert "saturation" in student.url, "who explores is left alone"
    student.get_by_role("button", name=T("room.back")).click()
    addressed(student, {"layer": "2", "head": "3"})
    student.wait_for_url(lambda url: "/heads?" in url)
    settle(student)
    student.wait_for_timeout(
        3_500
    )  # of one who leaves in the first three seconds the room thinks that it was the browser
    student.locator(".st-key-next a").click()
    expect(student.locator(".bx-room")).to_have_text(T("room.exploring", code=code))
    teacher.goto(teacher.url.split("?")[0].rsplit("/", 1)[0] + f"/room?room={code}")
    teacher.get_by_role("button", name=T("room.end")).click()
    teacher.get_by_role("button", name=T("room.end_now")).click()
    expect(teacher.get_by_role("heading", name=T("room.summary"))).to_be_visible()
    expect(teacher.locator(".stMain")).to_contain_text("the root?")
    expect(student.locator(".st-key-room")).to_contain_text(T("room.over"))
