"""Whether everything stands once and every wait is right. The networks and the story's book are the witnesses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from procrastinate.contrib.django.models import ProcrastinateJob

from answerable.cases.models import Case, Wait
from answerable.cases.settle import settle_all
from answerable.channels.models import Account
from answerable.core import clock
from answerable.inbox.models import Author, Message, RawEvent
from answerable.inbox.rebuild import rebuild
from answerable.replies.models import Act, Delivery, Draft
from tests.faults.story import BRAND, Asked, Story

PATIENCE = timedelta(seconds=20)  # four polls of the slowest of the networks
STEADY = ("inbox.poll", "inbox.poll_due", "inbox.parse_left", "replies.sweep", "cases.wake_due")


@dataclass
class Judge:
    """Looks at the networks and at the desk; each finding is a sentence."""

    story: Story

    def settle(self, seconds: float = 150.0) -> None:
        """Waits until nothing is left to find, playing the person where the desk asks one; then looks closer."""
        house = self.story.house
        found: list[str] = []

        def quiet() -> bool:
            self.story.look_after_unknown()
            found[:] = self.findings()
            return not found

        try:
            house.wait(quiet, "a desk at rest", seconds)
        except AssertionError as error:
            raise AssertionError("\n".join([*found[:40], str(error)])) from None
        self._again()

    def findings(self) -> list[str]:
        return [*self._inbound(), *self._outbound(), *self._waits(), *self._jobs(), *self._drafts()]

    def _inbound(self) -> list[str]:
        rows = Counter(Message.objects.filter(outbound=False).values_list("network", "external_id"))
        texts = {(row.network, row.external_id): row for row in Message.objects.all()}
        found = []
        for post in self.story.world.standing(deleted=True):
            key = (post["network"], post["id"])
            if post["handle"] == BRAND or (post["deleted_at"] and key not in rows):
                continue  # what was deleted before anybody looked need not be known
            if rows[key] != 1:
                found.append(f"{key} stands {rows[key]} times in the desk")
            elif not post["deleted_at"] and texts[key].text != post["text"]:
                found.append(f"{key} says {texts[key].text!r} here and {post['text']!r} there")
            elif bool(post["deleted_at"]) != bool(texts[key].gone_at):
                found.append(f"{key} is gone here: {texts[key].gone_at}, there: {post['deleted_at']}")
        found += [f"raw event {row.pk} is unread: {row.trouble}" for row in RawEvent.objects.filter(parsed_at=None)]
        found += [f"raw event {row.pk}: {row.trouble}" for row in RawEvent.objects.exclude(trouble="")]
        lonely = Author.objects.filter(ours=False, identity=None, messages__addressed=True)
        return found + [f"author {row} has no customer" for row in lonely]

    def _outbound(self) -> list[str]:
        posts = self.story.world.standing(author=BRAND, deleted=True)
        found = []
        for asked in self.story.asked:
            mine = [post for post in posts if post["network"] == asked.network and post["text"] == asked.reply]
            if asked.reply:
                found += self._reply(asked, mine)
        words = {asked.reply for asked in self.story.asked}
        strays = [post for post in posts if post["text"] not in words and post["id"] not in self.story.elsewhere]
        return found + [f"nobody wrote this: {post}" for post in strays]

    def _reply(self, asked: Asked, posts: list[dict[str, Any]]) -> list[str]:
        if len(posts) != 1:
            return [f"the reply to {asked} was put there {len(posts)} times"]
        post = posts[0]
        if bool(post["deleted_at"]) != asked.taken_down or post["parent"] != asked.post:
            return [f"the reply to {asked} stands wrongly: {post}"]
        rows = Message.objects.filter(network=asked.network, text=asked.reply, outbound=True)
        if [row.external_id for row in rows] != [post["id"]]:
            return [f"the reply to {asked} is in the desk as {list(rows)}"]
        done = Delivery.objects.filter(act=Act.REPLY, draft__text=asked.reply, state="delivered")
        if [row.external_id for row in done] != [post["id"]]:
            return [f"the reply to {asked} was delivered as {list(done)}"]
        return []

    def _waits(self) -> list[str]:
        found = []
        for asked in self.story.asked:
            waits = Wait.objects.filter(author__network=asked.network, author__handle=asked.handle)
            outcomes = list(waits.values_list("outcome", flat=True))
            if outcomes not in ([asked.outcome], [] if asked.outcome == "withdrawn" else [asked.outcome]):
                found.append(f"the waits of {asked} are {outcomes}")
            elif outcomes and waits[0].asked != asked.posts:
                found.append(f"{asked} asked {waits[0].asked} times")
        for case in Case.objects.all():
            waiting = Wait.objects.filter(case=case, outcome="").count()
            if case.waiting != waiting or (case.queue_key is None) != (waiting == 0):
                found.append(f"{case} says {case.waiting} waiting, {case.queue_key}; there are {waiting}")
        return found

    def _jobs(self) -> list[str]:
        jobs = ProcrastinateJob.objects.exclude(task_name__contains="housekeeping").exclude(task_name__in=STEADY)
        left = jobs.exclude(status__in=("succeeded", "cancelled"))
        found = [f"job {row.task_name} {row.args} is {row.status}" for row in left]
        polls = ProcrastinateJob.objects.filter(task_name="inbox.poll", status__in=("todo", "doing"))
        known = Counter(row.args["account_id"] for row in polls)
        found += [f"{account} is polled by nobody" for account in Account.objects.all() if not known[account.pk]]
        late = Account.objects.filter(next_poll_at__lt=clock.now() - PATIENCE)
        return found + [f"{account} was due at {account.next_poll_at}" for account in late]

    def _drafts(self) -> list[str]:
        words = [asked.reply for asked in self.story.asked if asked.reply]
        found = [f"{row} is {row.state}" for row in Draft.objects.exclude(state="released")]
        kept = Counter(Draft.objects.values_list("text", flat=True))
        found += [f"{kept[text]} drafts say {text!r}" for text in words if kept[text] != 1]
        moving = Delivery.objects.exclude(state__in=("delivered", "failed"))
        return found + [f"{row} ({row.symbol} {row.trouble})" for row in moving]

    def _again(self) -> None:
        """Derived once more, nothing becomes other: neither from the raw events nor from the messages."""
        brand = self.story.house.team.brand
        kept = ("pk", "state", "waiting", "queue_key", "opened_at", "last_at")
        before = list(Case.objects.order_by("pk").values_list(*kept))
        waits = list(Wait.objects.order_by("pk").values())
        assert not rebuild(brand), "a rebuild changed something"
        assert settle_all(brand.pk) == 0
        assert list(Case.objects.order_by("pk").values_list(*kept)) == before
        assert list(Wait.objects.order_by("pk").values()) == waits
