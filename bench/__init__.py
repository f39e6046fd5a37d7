"""The benches: what the product does per second, and where the time goes. `python -m bench` runs all.

`serving` and `pushes` also serve the tests that need a real server process: they start one, and play WeChat.
"""
