"""Every figure in the README can be made again from here: `make bench`.

- `tenants`: simulated tenants in processes of their own
- `apart`, `ways`: work in a process of its own, and what it took; the product's ways of working
- `at_the_limit`, `cost`, `volumes`, `breadth`, `peers`: what is measured
- `report`: the page that comes of it
"""
