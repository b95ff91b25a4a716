"""A pretended Microsoft Entra tenant behind real HTTPS on loopback.

From the data to the wire: `catalogue` (real names and ids) → `tenant`, `handles`, `populate` (what is in the tenant) →
`directory`, `sign_ins`, `audits` (how it is kept) → `sources`, `routes` (lists of Graph) → `odata`, `delta`, `graph` (what
a request means) → `identity`, `throttling`, `faults` (what stands in between) → `server`, `command` (how it runs).
"""

from simulator.clock import Clock
from simulator.command import main
from simulator.handles import EVERYONE, App, Group, User
from simulator.populate import populate
from simulator.server import Server, serve
from simulator.tenant import Tenant

__all__ = ["EVERYONE", "App", "Clock", "Group", "Server", "Tenant", "User", "main", "populate", "serve"]
