"""Bad releases, brought on purpose to a service in use: each must be refused or taken back before a user sees it."""
