"""Subscribing, renewing and leaving, against a real hub on loopback; the clock alone is set."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pipeline.websub.subscription import ACTIVE, ASKED, LEFT
from tests.crawl.conftest import source_of
from tests.websub.conftest import START, TOPIC, Subscriber
from tests.websub.hub import Hub


def with_hub(folder, story, **how):
    async def run():
        async with Hub(**how) as hub, Subscriber(folder, hub) as here:
            here.offers()
            await story(hub, here)

    asyncio.run(run())


def test_a_hub_is_asked_verified_and_left_alone_until_the_lease_is_nearly_over(folder):
    async def story(hub, here):
        await here.service.round()
        (form,) = hub.forms
        assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", TOPIC)
        assert len(form["hub.secret"]) == 64
        assert len(form["hub.callback"].rpartition("/")[2]) >= 43
        assert hub.verdicts == [(200, "a challenge & more")]
        one = here.one
        assert (one.state, one.failures) == (ACTIVE, 0)
        assert one.lease_until == START + timedelta(hours=10)
        here.clock.pass_(hours=7.9)
        await here.service.round()
        assert len(hub.forms) == 1
        here.clock.pass_(hours=0.1)
        await here.service.round()
        assert hub.forms[1] == form
        assert here.one.lease_until == here.clock() + timedelta(hours=10)

    with_hub(folder, story, lease_s=36000)


def test_a_lease_is_taken_within_reason(folder):
    async def story(hub, here):
        await here.service.round()
        assert here.one.lease_until == START + timedelta(days=30)
        await hub.verify(hub.forms[0], lease_seconds="0")
        assert here.one.lease_until == START + timedelta(minutes=1)
        await hub.verify(hub.forms[0], lease_seconds=None)
        assert here.one.lease_until == START + timedelta(days=10)
        await hub.verify(hub.forms[0], lease_seconds="9" * 4000)
        assert here.one.lease_until == START + timedelta(days=30)

    with_hub(folder, story, lease_s=10**9)


def test_only_what_was_asked_for_is_confirmed(folder):
    async def story(hub, here):
        await here.service.round()
        form, before = hub.forms[0], here.one
        strange = [
            await hub.verify(form, topic="https://other.example/feed"),
            await hub.verify(form, mode="unsubscribe"),
            await hub.verify(form, mode="publish"),
            await hub.verify(form, challenge=""),
            await hub.verify(form | {"hub.callback": form["hub.callback"][:-1] + "."}),
            await hub.get(form["hub.callback"], {}),
        ]
        assert [status for status, _ in strange] == [404] * 6
        assert here.one == before

    with_hub(folder, story)


def test_a_hub_that_refuses_is_asked_again_later_and_later(folder):
    async def story(hub, here):
        waits = []
        while here.clock() < START + timedelta(days=3):
            await here.service.round()
            waits.append(here.one.due_at - here.clock())
            here.clock.time = here.one.due_at
        minutes = [wait.total_seconds() / 60 for wait in waits]
        assert minutes[:4] == [15, 30, 60, 120]
        assert max(minutes) == 24 * 60
        assert here.one.state == ASKED
        assert here.one.detail == "400 not now"
        hub.answers.clear()
        await here.service.round()
        assert (here.one.state, here.one.detail) == (ACTIVE, "")

    with_hub(folder, story, answers=[400] * 50)


def test_the_rest_a_hub_asks_for_is_kept(folder):
    async def story(_, here):
        await here.service.round()
        assert here.one.due_at == START + timedelta(hours=5)
        assert here.one.detail == "503 not now"
        here.clock.pass_(hours=5)
        await here.service.round()
        assert here.one.state == ACTIVE

    with_hub(folder, story, answers=[503], headers={"Retry-After": "18000"})


def test_a_hub_that_is_down_hinders_nobody(folder):
    async def story(hub, here):
        here.sources = {key: source_of(hub.port, name=key) for key in ("paper", "second")}
        here.sources["paper"] = source_of(hub.port, ports=[hub.port, 1])
        here.offers(hub="http://down.localhost:1/hub")
        here.offers(source="second")
        await here.service.round()
        states = {one.wish.source: one.state for one in here.book.all()}
        assert states == {"paper": ASKED, "second": ACTIVE}
        assert any("network" in line for line in here.told)

    with_hub(folder, story)


def test_a_hub_that_never_comes_back_is_asked_again(folder):
    async def story(hub, here):
        await here.service.round()
        assert here.one.state == ASKED
        here.clock.pass_(minutes=15)
        hub.silent = False
        await here.service.round()
        assert here.one.state == ACTIVE
        assert len(hub.forms) == 2

    with_hub(folder, story, silent=True)


def test_a_hub_may_deny_and_is_asked_again_in_a_day(folder):
    async def story(hub, here):
        await here.service.round()
        url = hub.forms[0]["hub.callback"]
        said = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "no\nmore"}
        assert await hub.get(url, said | {"hub.topic": "another"}) == (200, "")
        assert here.one.state == ACTIVE
        assert await hub.get(url, said) == (200, "")
        assert (here.one.state, here.one.detail) == (ASKED, "denied: no more")
        here.clock.pass_(days=1)
        await here.service.round()
        assert here.one.state == ACTIVE

    with_hub(folder, story)


def test_a_source_that_is_disabled_or_gone_is_unsubscribed(folder):
    async def story(hub, here):
        await here.service.round()
        form, here.sources, here.whole = hub.forms[0], {}, False
        await here.service.round()
        assert here.one.state == ACTIVE  # a seed could not be read: who knows
        here.whole = True
        await here.service.round()
        assert hub.forms[1]["hub.mode"] == "unsubscribe"
        assert "hub.secret" not in hub.forms[1]
        assert (hub.held, here.one.state) == ({}, LEFT)
        assert await hub.push(TOPIC, b"x", callback=form["hub.callback"]) == 410
        here.clock.pass_(days=1)
        await here.service.round()
        assert here.book.all() == []
        assert await hub.push(TOPIC, b"x", callback=form["hub.callback"]) == 404

    with_hub(folder, story)


def test_another_hub_or_callback_is_another_subscription(folder):
    async def story(_, here):
        await here.service.round()
        first = here.one
        here.offers(topic=TOPIC + "&v=2")
        await here.service.round()
        states = {one.wish.topic: one.state for one in here.book.all()}
        assert states == {TOPIC: LEFT, TOPIC + "&v=2": ACTIVE}
        new = next(one for one in here.book.all() if one.state == ACTIVE)
        assert new.token != first.token
        assert new.secret != first.secret

    with_hub(folder, story)


def test_a_farewell_that_stays_unanswered_is_forgotten_in_the_end(folder):
    async def story(hub, here):
        await here.service.round()
        here.sources, hub.answers = {}, [500] * 50
        for _ in range(8):
            await here.service.round()
            here.clock.pass_(hours=3)
        assert here.book.all() == []
        assert [form["hub.mode"] for form in hub.forms].count("unsubscribe") <= 3

    with_hub(folder, story)


def test_the_next_start_takes_leases_up(folder):
    async def run():
        async with Hub(lease_s=36000) as hub:
            async with Subscriber(folder, hub) as here:
                here.offers()
                await here.service.round()
                before, clock, port = here.one, here.clock, here.port
            async with Subscriber(folder, hub, clock=clock, port=port) as again:
                assert again.one == before
                await again.service.round()
                assert len(hub.forms) == 1
                assert await hub.push(TOPIC, b"<rss/>") == 202
                clock.pass_(hours=9)
                await again.service.round()
                assert again.one.token == before.token
                assert again.one.lease_until == clock() + timedelta(hours=10)

    asyncio.run(run())


def test_hubs_on_private_networks_are_not_asked(folder):
    async def run():
        async with Hub() as hub, Subscriber(folder, hub, allow=()) as here:
            here.offers()
            await here.service.round()
            assert hub.forms == []
            assert "blocked_address" in here.one.detail

    asyncio.run(run())


def test_a_form_is_sent_on_only_where_the_hub_says_so(folder):
    async def story(hub, here):
        hub.headers = {"Location": hub.url}
        await here.service.round()
        assert "302" in here.one.detail
        assert len(hub.forms) == 1
        here.clock.pass_(hours=1)
        hub.answers, hub.headers = [307], {"Location": hub.url + "?moved"}
        await here.service.round()
        assert [form["hub.mode"] for form in hub.forms] == ["subscribe"] * 3
        assert here.one.state == ACTIVE

    with_hub(folder, story, answers=[302])


def test_requests_are_in_the_log_and_secrets_are_nowhere(folder):
    async def story(_, here):
        await here.service.round()
        rows = here.ports.ledger.journalled("websub")
        stored = [here.ports.store.get(i.key) for i in here.ports.store.list("requests/")]
        assert rows or stored
        one = here.one
        shown = repr(one) + "".join(here.told) + repr(rows) + repr(stored)
        assert one.secret not in shown
        assert one.token not in shown

    with_hub(folder, story)
