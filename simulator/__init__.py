"""A pretended Microsoft Entra tenant behind real HTTPS on loopback.

From the data to the wire:

- `catalogue`, `schema`, `outcomes`, `places`: real names, ids, types and codes to pretend with
- `tenant`, `handles`, `apps`, `relations`, `roles`, `founding`, `deletion`: a tenant and the verbs that tell its story
- `populate`, `standing`, `activity`: a whole tenant from a few numbers
- `directory`, `history`, `shapes`, `sign_ins`, `sign_in_rows`, `audits`: how it is kept, and what its rows look like
- `last_uses`, `usage_reports`, `summaries`: what follows from the sign-ins
- `views`, `sources`, `sign_in_source`, `routes`, `truth`: the lists of Graph, one row each, with and without HTTP
- `odata`, `delta`, `delta_items`, `habits`, `batch`, `graph`: what a request means
- `identity`, `throttling`, `faults`: what stands between a request and its answer
- `server`, `command`: how it runs
"""

from simulator.apps import EVERYONE, App, Application
from simulator.clock import Clock
from simulator.command import main
from simulator.habits import DeltaHabits
from simulator.handles import Group, User
from simulator.populate import populate
from simulator.server import Server, serve
from simulator.tenant import Tenant

__all__ = [
    "EVERYONE",
    "App",
    "Application",
    "Clock",
    "DeltaHabits",
    "Group",
    "Server",
    "Tenant",
    "User",
    "main",
    "populate",
    "serve",
]
