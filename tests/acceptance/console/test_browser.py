"""The console in Chromium: what a person sees and does."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.console.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

Open: TypeAlias = "Callable[..., Page]"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("console")]

PATIENCE_MS = 60_000
SIZES = {"phone": (360, 740), "laptop": (1280, 800), "4K": (3840, 2160)}


PRESS_END = """() => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
  return document.activeElement === [...document.querySelectorAll(".bars a")].at(-1);
}"""

NOTE_COPIED = """() => new MutationObserver(() => {
  const buttons = [...document.querySelectorAll("[data-copy]")];
  window.copied ||= buttons.some((button) => button.textContent === "Copied");
}).observe(document.body, { childList: true, subtree: true, characterData: true })"""
"""Notes that a button says so, which it does for two seconds, or until the page changes."""


def expect(locator: "Locator", text: str | re.Pattern[str]) -> None:
    """Wait until an element has a text."""
    from playwright.sync_api import expect as require  # noqa: PLC0415 - it may not be installed

    require(locator).to_contain_text(text, timeout=PATIENCE_MS)


def find_row(page: "Page", key: str) -> "Locator":
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=key, exact=True))


def find_heading(page: "Page") -> "Locator":
    """Find the heading of the page, and not that of a question over it."""
    return page.get_by_role("main").get_by_role("heading", level=1)


def confirm(page: "Page", button: str) -> None:
    """Press the button of the question that is open."""
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def test_task_from_the_shell_appears_counts_down_and_fires(site: Site, open_page: Open) -> None:
    """Without a reload, and what is typed into the search meanwhile stays."""
    page = open_page()
    page.goto(site.url)
    site.schedule("fires", "1h")
    row = find_row(page, "fires")
    expect(row, "Waiting")
    page.get_by_label("Key begins with").fill("typing")
    text = row.locator(".left").inner_text()
    page.wait_for_function(
        "text => document.querySelector('#row-fires .left')?.textContent !== text", arg=text
    )
    site.run("clock", "skip", "1h")
    expect(row, "Succeeded")
    assert page.get_by_label("Key begins with").input_value() == "typing"


def test_task_is_moved_and_cancelled(site: Site, open_page: Open) -> None:
    """In dialogs. The picker takes the browser's time zone, and shows UTC beside it."""
    site.schedule("moves", "1h")
    page = open_page()
    page.goto(f"{site.url}/tasks/moves")
    page.get_by_role("link", name="Move").click()
    when = page.get_by_label("When")
    when.fill("3d")
    expect(page.locator("#when-meaning"), re.compile(r"Europe/Berlin, .* UTC"))
    when.fill("2027-06-01T10:00:00")
    assert page.locator("#when-meaning").inner_text() == "", "a time without a zone is refused"
    when.fill("3d")
    confirm(page, "Move")
    expect(page.get_by_role("main"), "The task is moved.")
    expect(page.locator(".countdown"), "in 2d 23h")
    page.get_by_role("link", name="Move").click()
    # At noon no clock is set. The delay has whole seconds from its start on, which may be a moment later.
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=30, microsecond=0)
    moment = noon + timedelta(days=60)
    there = moment.astimezone(ZoneInfo("Europe/Berlin"))
    picker = page.get_by_label("Or pick a date")
    picker.fill("2036-01-01T12:00:00")
    when.fill("3d")
    assert picker.input_value() == "", "what is typed counts"
    picker.fill(f"{there:%Y-%m-%dT%H:%M:%S}")
    assert when.input_value() == f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    confirm(page, "Move")
    expect(page.get_by_role("main"), f"{there:%Y-%m-%d %H:%M:3}")
    page.get_by_role("link", name="Cancel").click()
    confirm(page, "Cancel the task")
    expect(find_heading(page), "Cancelled")
    assert "CANCELLED" in site.run("show", "moves", "--local").out


def test_failed_task_shows_why_and_is_redriven(site: Site, open_page: Open) -> None:
    """With its error, its log, its timeline, and the state in which it failed."""
    site.schedule("fails", "0s", fail="no such account")
    page = open_page()
    page.goto(f"{site.url}/failed")
    expect(find_row(page, "fails"), "ValueError: no such account")
    page.get_by_role("link", name="fails", exact=True).click()
    main = page.get_by_role("main")
    for text in ("ValueError", "no such account", "START RequestId", "Call 1", "failed here"):
        expect(main, text)
    page.wait_for_selector(".graph svg .failed")
    page.get_by_role("link", name="Redrive").click()
    confirm(page, "Redrive")
    expect(main, "Call 2")


def test_redriving_stays_in_the_list(site: Site, open_page: Open) -> None:
    """Its search, too. A note says which task runs again, and has the focus."""
    site.schedule("again", "0s", fail="no such account")
    page = open_page()
    page.goto(f"{site.url}/failed?prefix=again")
    find_row(page, "again").get_by_role("link", name="Redrive").click()
    confirm(page, "Redrive")
    expect(page.locator(".note:focus"), "again: The task runs again.")
    assert page.url == f"{site.url}/failed?prefix=again"


def test_one_step_back_from_a_changed_task_is_the_list(site: Site, open_page: Open) -> None:
    """The change adds no page of the same task to the history."""
    site.schedule("back", "1h")
    page = open_page()
    page.goto(f"{site.url}/?prefix=back")
    page.get_by_role("link", name="back", exact=True).click()
    page.get_by_role("link", name="Cancel").click()
    confirm(page, "Cancel the task")
    expect(page.get_by_role("main"), "The task is cancelled.")
    page.go_back()
    page.wait_for_url("**/?prefix=back")


def test_time_is_skipped(site: Site, open_page: Open) -> None:
    """A bar on every page says how far."""
    site.schedule("skipped", "30d")
    page = open_page()
    page.goto(f"{site.url}/time")
    page.get_by_label("How far").fill("31d")
    page.get_by_role("button", name="Skip the span").click()
    expect(page.locator(".ahead"), re.compile(r"3\dd( \d+h)? ahead of the wall clock"))
    page.goto(f"{site.url}/tasks/skipped")
    expect(find_heading(page), "Succeeded")
    expect(page.locator(".ahead"), "ahead of the wall clock")
    page.goto(f"{site.url}/time")
    page.get_by_label("How far").fill("yesterday")
    page.get_by_role("button", name="Skip the span").click()
    expect(page.get_by_role("alert"), "'yesterday' is not a duration")


def test_payload_is_copied(site: Site, open_page: Open) -> None:
    """As JSON, by a button of its own."""
    site.schedule("copied", "1h", order=7)
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{site.url}/tasks/copied")
    page.evaluate(NOTE_COPIED)
    page.get_by_role("button", name="Copy the payload").click()
    page.wait_for_function("window.copied")
    assert '"order": 7' in page.evaluate("navigator.clipboard.readText()")
    site.schedule("long", "1h", text="x" * 120_000)
    page.goto(f"{site.url}/tasks/long")
    page.get_by_role("button", name="Copy the payload").click()
    expect(page.locator("[data-copy]").first, "Copied")
    assert len(page.evaluate("navigator.clipboard.readText()")) > 120_000


def test_keyboard_alone_cancels_a_task(site: Site, open_page: Open) -> None:
    """Escape closes the question, Enter asks it again, and the focus is on its button."""
    site.schedule("keys", "1h")
    page = open_page()
    page.goto(f"{site.url}/tasks/keys")
    link = page.get_by_role("link", name="Cancel")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] button:focus")
    page.keyboard.press("Enter")
    expect(find_heading(page), "Cancelled")


def test_console_works_without_scripts(site: Site, open_page: Open) -> None:
    """Only countdowns and live changes need them."""
    site.schedule("plain", "1h")
    page = open_page(java_script_enabled=False)
    page.goto(f"{site.url}/?prefix=plain")
    expect(find_row(page, "plain"), re.compile(r"in (1h|59m)"))
    page.get_by_role("link", name="plain", exact=True).click()
    expect(page.locator(".states"), "WaitUntilDue")
    page.get_by_role("link", name="Run now").click()
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("main"), "The task is due now.")
    page.get_by_role("link", name="Tasks").first.click()
    page.get_by_role("link", name="Schedule a task").click()
    page.get_by_label("When").fill("1h")
    page.get_by_label("Key").fill("plain-2")
    page.get_by_role("button", name="Schedule").click()
    expect(find_heading(page), "plain-2")
    site.schedule("plain-3", "30m")
    page.goto(site.url)
    page.locator(".bars a").first.click()
    page.wait_for_url("**from=**")


def test_all_tasks_of_a_search_are_cancelled(site: Site, open_page: Open) -> None:
    """Their progress is shown until the last one."""
    for number in range(3):
        site.schedule(f"bulk-{number}", "1h")
    page = open_page()
    page.goto(f"{site.url}/?prefix=bulk-")
    page.get_by_role("link", name="Cancel all waiting tasks of this search").click()
    expect(page.get_by_role("dialog"), "Cancel 3 waiting tasks?")
    confirm(page, "Cancel them all")
    expect(page.get_by_role("main"), "3 changed, 0 left as they are. Done.")


def test_state_machine_has_its_graph_and_definition(site: Site, open_page: Open) -> None:
    """And its executions, each with a page."""
    site.schedule("of-machine", "1h")
    page = open_page()
    page.goto(f"{site.url}/machines")
    page.get_by_role("link", name="DelayStateMachine").click()
    page.wait_for_selector(".graph svg")
    expect(page.get_by_role("main"), '"StartAt": "WaitUntilDue"')
    page.get_by_role("link", name="of-machine", exact=True).click()
    expect(find_heading(page), "of-machine")


def test_hostile_text_is_no_markup(site: Site, open_page: Open) -> None:
    """As payload, as error and in the log: no script runs, and the policy has nothing to block."""
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J\u202e"
    site.schedule("hostile", "0s", fail=hostile, more={hostile: hostile})
    page = open_page()
    page.goto(f"{site.url}/failed")
    expect(find_row(page, "hostile"), "<script>alert(1)</script>")
    page.goto(f"{site.url}/tasks/hostile")
    expect(page.get_by_role("main"), r"\u001b[2J")
    assert page.locator("main script, main img").count() == 0


def test_lost_endpoint_is_reported(open_page: Open, site: Site) -> None:
    """The page keeps what was last read, says why it is old, and goes on when the endpoint is back."""
    site.schedule("kept", "1h")
    page = open_page()
    page.goto(site.url)
    page.route(
        "**/*", lambda route: route.fulfill(status=502, body='<p class="problem">Nothing answers.</p>')
    )
    site.schedule("later", "1h")
    expect(page.locator("#connection"), re.compile(r"Nothing answers. What stands here was read at \d{4}-"))
    expect(find_row(page, "kept"), "Waiting")
    page.unroute("**/*")
    site.schedule("latest", "1h")
    expect(find_row(page, "later"), "Waiting")
    page.locator("#connection").wait_for(state="hidden")


def test_countdown_goes_by_the_time_at_which_it_was_read(open_page: Open, site: Site) -> None:
    """Not by that of an answer which could not be shown."""
    site.schedule("read-apart", "1h")
    page = open_page()
    page.clock.install()
    page.goto(f"{site.url}/tasks/read-apart")
    page.route(
        "**/tasks/**",
        lambda route: route.fulfill(status=502, body='<p class="problem">Nothing answers.</p>'),
    )
    site.schedule("read-apart-0", "1h")
    expect(page.locator("#connection"), "Nothing answers.")
    page.clock.fast_forward("10:00")
    for number in (1, 2):  # the second answer comes after the first one was passed over
        with page.expect_response("**/tasks/**"):
            site.schedule(f"read-apart-{number}", "1h")
    expect(page.locator(".countdown"), re.compile("in 4.m"))


def test_refused_stream_is_asked_for_again(open_page: Open, site: Site) -> None:
    """A console refuses the pages beyond a number, and the page is live once it does not."""
    page = open_page()
    page.route("**/events*", lambda route: route.fulfill(status=503, body="Too many pages are open."))
    page.goto(site.url)
    expect(page.locator("#connection"), "The console does not answer.")
    page.unroute("**/events*")
    site.schedule("streamed", "1h")
    expect(find_row(page, "streamed"), "Waiting")
    page.locator("#connection").wait_for(state="hidden")


def test_page_that_could_not_be_shown_is_loaded_again(open_page: Open, site: Site) -> None:
    """Once it can be, as here by a task that is scheduled."""
    page = open_page()
    page.goto(f"{site.url}/tasks/unborn")
    expect(page.get_by_role("alert"), "No task has the key 'unborn'")
    site.schedule("unborn", "1h")
    expect(find_heading(page), "unborn")


def test_bars_are_one_tab_stop(site: Site, open_page: Open) -> None:
    """Arrow keys, Home and End go from bar to bar. The focus and the stop stay if the page changes."""
    for key, delay in (("bar-1", "5m"), ("bar-2", "20m"), ("bar-3", "55m")):
        site.schedule(key, delay)
    page = open_page()
    page.goto(f"{site.url}/?prefix=bar-")
    bars = page.locator(".bars a")
    bars.nth(2).wait_for()
    assert page.locator(".bars a[tabindex='0']").count() == 1
    page.locator(".bars a[tabindex='0']").focus()
    page.wait_for_function(PRESS_END)  # at a full minute, another bar may come
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    focused = page.locator(".bars a:focus")
    expect(page.locator(".aimed"), focused.get_attribute("aria-label") or "?")
    chosen = focused.get_attribute("id")
    site.schedule("bar-4", "55m")
    expect(find_row(page, "bar-4"), "Waiting")
    assert (focused.get_attribute("id"), focused.get_attribute("tabindex")) == (chosen, "0")
    page.keyboard.press("Tab")
    assert page.locator("td.key a:focus").inner_text() == "bar-1"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=**")
    assert page.locator(".bars a[aria-current]").count() == 1


def test_change_loads_the_page_once(site: Site, open_page: Open) -> None:
    """Its list and the bar of skipped time come in one response."""
    page = open_page()
    page.add_init_script("window.changes = 0; addEventListener('changed', () => window.changes++, true);")
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.resource_type))
    page.goto(f"{site.url}/?prefix=once-")
    site.schedule("once-1", "1h")
    expect(find_row(page, "once-1"), "Waiting")
    loaded = loads.count("fetch")
    assert 1 <= loaded <= page.evaluate("window.changes")
    site.run("clock", "skip", "2h")
    expect(find_row(page, "once-1"), "Succeeded")
    expect(page.locator(".ahead"), "ahead of the wall clock")


def test_focus_follows_a_task_that_moves(site: Site, open_page: Open) -> None:
    """To its new place in the list."""
    site.schedule("followed-1", "10m")
    site.schedule("followed-2", "20m")
    page = open_page()
    page.goto(f"{site.url}/?prefix=followed-")
    page.get_by_role("link", name="followed-1", exact=True).focus()
    site.run("reschedule", "followed-1", "--in", "30m", "--local")
    expect(page.locator("td.key").first, "followed-2")
    assert page.locator("td.key a:focus").inner_text() == "followed-1"


def test_refusal_stays_in_the_dialog(site: Site, open_page: Open) -> None:
    """With what was filled in, and the focus on the wrong field. What was done is said once."""
    page = open_page()
    page.goto(site.url)
    page.get_by_role("link", name="Schedule a task").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("When").fill("1h")
    dialog.get_by_label("Key").fill("dialog")
    dialog.get_by_label("Payload").fill("{bad")
    confirm(page, "Schedule")
    expect(dialog.get_by_role("alert"), "The payload is not JSON")
    assert page.locator("textarea:focus").input_value() == "{bad"
    dialog.get_by_label("Payload").fill("{}")
    confirm(page, "Schedule")
    expect(page.get_by_role("status").first, "The task is scheduled.")
    page.wait_for_url("**/tasks/dialog")  # without the note, which would be said again
    page.reload()
    expect(find_heading(page), "dialog")
    assert page.locator(".note").count() == 0


def test_time_can_be_picked(site: Site, open_page: Open) -> None:
    """In the browser's time zone, with UTC beside it, as the time there is shown."""
    page = open_page()
    page.goto(f"{site.url}/time")
    expect(page.locator(".countdown"), re.compile(r"Europe/Berlin, .* UTC"))
    page.get_by_label("Or pick a date").fill("2036-01-01T12:00:00")
    assert page.get_by_label("Until").input_value() == "2036-01-01T11:00:00Z"
    expect(page.locator("#moment-meaning"), "2036-01-01 12:00:00 Europe/Berlin, 2036-01-01 11:00:00 UTC")
    page.get_by_label("How far").fill("2h")
    expect(page.locator("#span-meaning"), "Europe/Berlin")


def test_search_has_a_picker_behind_a_button(site: Site, open_page: Open) -> None:
    """Tab leads to the button. The picker starts at the time of the field, and what it picks is searched."""
    page = open_page()
    page.goto(f"{site.url}/?from=2036-01-01T11:00:00Z")
    field = page.get_by_label("Due from", exact=True)
    field.focus()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="Pick a date: Due from")
    assert button.evaluate("(element) => element === document.activeElement")
    picker = page.locator(".pick input[type=datetime-local]").first
    button.evaluate("(element) => { element.previousSibling.showPicker = () => {}; }")
    page.keyboard.press("Enter")
    assert picker.input_value() == "2036-01-01T12:00"
    picker.evaluate("(element) => { element.value = '2036-01-02T12:00'; }")
    picker.dispatch_event("input")
    assert field.input_value() == "2036-01-02T11:00:00Z"
    expect(page.locator("#from-meaning"), "Due from 2036-01-02 12:00:00 Europe/Berlin")
    page.keyboard.press("Tab")
    page.keyboard.type("2036-01-03T11:00:00Z")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=2036-01-02T11**until=2036-01-03T11**")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_are_accessible_and_fit(site: Site, open_page: Open, axe: str, size: str, scheme: str) -> None:
    """axe-core finds nothing to mend, in contrast too, and no page is wider than the window."""
    site.schedule(f"seen-{size}-{scheme}", "10m", customer="c-17", text="words " * 30)
    site.schedule(f"bad-{size}-{scheme}", "0s", fail="x" * 300)
    width, height = SIZES[size]
    page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(f"{site.url}/failed")
    expect(find_row(page, f"bad-{size}-{scheme}"), "ValueError")  # from now on no page changes
    for path in (
        "/",
        "/?prefix=nothing-has-it&from=1h&until=2036-01-01T00:00:00Z",
        f"/tasks/seen-{size}-{scheme}",
        f"/tasks/bad-{size}-{scheme}",
        f"/tasks/seen-{size}-{scheme}/move",
        "/schedule",
        "/failed",
        "/machines",
        "/machines/DelayStateMachine",
        "/time",
    ):
        page.goto(site.url + path)
        page.evaluate(axe)
        found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})")
        problems = [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]
        assert problems == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_utc_is_shown_once_in_a_browser_that_has_it(site: Site, open_page: Open) -> None:
    """Beside itself it would say nothing."""
    page = open_page(timezone_id="UTC")
    page.goto(f"{site.url}/time")
    expect(page.locator(".countdown"), re.compile(r"^[-\d]+ [:\d]+ UTC$"))
    assert page.locator("#zone").inner_text() == "Times are in UTC."
