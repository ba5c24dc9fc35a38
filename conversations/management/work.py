"""What a process that answers turns looks after beside them, whatever else it serves."""

from conversations.alerts.watch import watch
from conversations.batches.keeper import tend_batches
from conversations.reconciliation.nightly import reconcile_if_due
from conversations.retention.expire import expire_if_due
from conversations.usage.budget_mail import warn_people

LOOKS = (tend_batches, watch, reconcile_if_due, warn_people, expire_if_due)
