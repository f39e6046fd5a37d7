"""The Rasa 3.6 project: its pipelines, and the parts they need for Chinese.

Runs in its own Python 3.10 environment; from the rest of the house it imports `nlu.text` alone.
"""
