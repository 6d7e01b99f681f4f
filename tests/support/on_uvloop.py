"""A plugin for pytest, `-p tests.support.on_uvloop`, by which each new event loop is uvloop's."""

import asyncio

import uvloop

for module in (asyncio, asyncio.events):
    vars(module)["new_event_loop"] = uvloop.new_event_loop
# libuv opens two descriptors once, and keeps them: now, before tests count descriptors.
asyncio.run(asyncio.sleep(0))
