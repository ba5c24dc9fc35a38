"""On which terms the owner wants this site to be answered: from settings alone, for every request alike.

Each is sent only to models that take it. Where the data stay is another matter: a model of which nobody knows whether
it takes the parameter gets it, and is refused rather than asked elsewhere.
"""

from django.conf import settings

from .cards import FastMode
from .catalogue import card
from .providers import Lack, lacks


def owners_wishes(model_id: str) -> dict[str, str]:
    """Fields of a request. What is the API's own default is left out, and all of them where a provider lacks them."""
    if lacks(Lack.TERMS):
        return {}
    model = card(model_id)
    wishes = {}
    if settings.CLAUDE_SPEED == "fast" and model.fast_mode == FastMode.OPEN:
        wishes["speed"] = "fast"
    if settings.CLAUDE_GEO == "us" and model.takes_geo:
        wishes["inference_geo"] = "us"
    if settings.CLAUDE_SERVICE_TIER == "standard_only":
        wishes["service_tier"] = "standard_only"
    return wishes
