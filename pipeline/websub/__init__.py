"""WebSub: feeds that name a hub are subscribed to, and what it pushes waits for the next crawl.

Off unless an operator runs `broadsheet websub` with BROADSHEET_WEBSUB_CALLBACK set; nothing else
imports it. https://www.w3.org/TR/websub/ is the protocol.
"""
