"""Who works here, and for which brand."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in. Rights come from roles, one a brand; there is no other kind of power on the pages."""

    username = None  # type: ignore[assignment]  # people sign in by e-mail
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)  # as colleagues see it

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # by e-mail, not by user name

    def __str__(self) -> str:
        return self.name or self.email


class Brand(models.Model):
    """The tenant: owns everything; stands in every address."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    demo = models.BooleanField(default=False)  # the living demo: may be removed by one act

    def __str__(self) -> str:
        return self.name


class RoleName(models.TextChoices):
    VIEWER = "viewer"
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


class Role(models.Model):
    """What one user may do for one brand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=10, choices=RoleName.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "brand"], name="role_once")]

    def __str__(self) -> str:
        return f"{self.user} is {self.name} of {self.brand}"


class SignInLink(models.Model):
    """A single-use, short-lived way in; only the hash of its token is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link for {self.user}"
