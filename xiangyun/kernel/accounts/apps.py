from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The room of accounts, posts and sessions."""

    name = "xiangyun.kernel.accounts"
    label = "accounts"
