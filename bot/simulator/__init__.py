"""A stand-in for WeChat itself: the chat, the pushes and api.weixin.qq.com, on one machine.

Anyone can try the product without an account, and tests have one honest fake. Nothing here is
imported by the product; it only speaks HTTP with it. Start reading in `app.py`.
"""
