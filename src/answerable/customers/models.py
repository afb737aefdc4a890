"""One person on many networks."""

from __future__ import annotations

from django.db import models

from answerable.inbox.models import Author
from answerable.people.models import Brand


class Customer(models.Model):
    """A person. Exists from the author's first message."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    name = models.CharField(max_length=500, blank=True)  # an agent's word; empty: as the author calls themselves

    def __str__(self) -> str:
        return self.name or f"customer {self.pk}"


class Identity(models.Model):
    """This author is this customer, and why we think so."""

    author = models.OneToOneField(Author, on_delete=models.CASCADE, related_name="identity")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    evidence = models.CharField(max_length=40)  # "first message", later: a verified address, an agent's word, …
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.author_id} is {self.customer_id}"
