"""Memory: what is true, and what may never be."""

from conversations.models.alerts import Alert, AlertEvent, AlertKind, AlertNotice, Way
from conversations.models.allowances import Allowance
from conversations.models.attachments import Attachment
from conversations.models.audit import AuditEntry
from conversations.models.batches import Batch, BatchItem, BatchState, ItemOutcome, NightlyBatch
from conversations.models.budgets import AtLimit, Budget, BudgetUse, Per, Reservation, Unit
from conversations.models.chores import Chore
from conversations.models.consents import ToolConsent
from conversations.models.conversations import Conversation
from conversations.models.drafts import Draft
from conversations.models.errands import ErrandSwitch
from conversations.models.feedback import Feedback, Verdict
from conversations.models.folds import Fold
from conversations.models.groups import PeopleGroup
from conversations.models.instructions import OwnInstructions, SiteInstructions
from conversations.models.messages import Message, Role, State
from conversations.models.outages import Absence, Outage
from conversations.models.people import Theme, User
from conversations.models.prices import Price
from conversations.models.projects import Project
from conversations.models.readings import Reading
from conversations.models.reconciliations import Reconciliation, ReconciliationLine, ReconciliationState
from conversations.models.refusals import RefusalEvent, RefusalNote, ReviewState, Sequel
from conversations.models.rollups import Rollup
from conversations.models.roster import ClaudeModel, RosterSync
from conversations.models.routing import RoutingRule
from conversations.models.tool_servers import ServedTool, ToolServer, Transport
from conversations.models.tools import ToolSwitch
from conversations.models.turns import Heartbeat, Turn, TurnEvent, TurnStatus
from conversations.models.usage import Purpose, UsageEntry

__all__ = [
    "Absence",
    "Alert",
    "AlertEvent",
    "AlertKind",
    "AlertNotice",
    "Allowance",
    "AtLimit",
    "Attachment",
    "AuditEntry",
    "Batch",
    "BatchItem",
    "BatchState",
    "Budget",
    "BudgetUse",
    "Chore",
    "ClaudeModel",
    "Conversation",
    "Draft",
    "ErrandSwitch",
    "Feedback",
    "Fold",
    "Heartbeat",
    "ItemOutcome",
    "Message",
    "NightlyBatch",
    "Outage",
    "OwnInstructions",
    "PeopleGroup",
    "Per",
    "Price",
    "Project",
    "Purpose",
    "Reading",
    "Reconciliation",
    "ReconciliationLine",
    "ReconciliationState",
    "RefusalEvent",
    "RefusalNote",
    "Reservation",
    "ReviewState",
    "Role",
    "Rollup",
    "RosterSync",
    "RoutingRule",
    "Sequel",
    "ServedTool",
    "SiteInstructions",
    "State",
    "Theme",
    "ToolConsent",
    "ToolServer",
    "ToolSwitch",
    "Transport",
    "Turn",
    "TurnEvent",
    "TurnStatus",
    "Unit",
    "UsageEntry",
    "User",
    "Verdict",
    "Way",
]
