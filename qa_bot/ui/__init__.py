"""The page's parts: each turns values of the bot into HTML of our own making. Only `app.py` draws them.

`server.py` serves it behind `shield.py`.
"""
